"""Images of another size and in colour go the whole way that digits go."""

import base64
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from digitgan.contract.card import MODEL_FILE, read_card
from tests.shapes import NAMES, bars
from training import data
from training.errors import DataRefused, ExportRefused, RunRefused
from training.evaluate import evaluate
from training.export import export
from training.graphs import parity, speed
from training.graphs.sessions import GeneratorSession
from training.images.pictures import Look
from training.judging import data_of_model, data_of_run
from training.latents.encoder_export import check_readable
from training.launch import launch
from training.metrics import judge_training
from training.metrics.generators import ScorableGenerator
from training.metrics.judge import load_judge
from training.recipes import catalogue
from training.report import write_report
from training.run import Options, Run
from training.variants import write_variants
from training.watch.appraisal import Appraiser

pytestmark = pytest.mark.long

SIZE = (16, 24)  # height and width
RGB = Look(colour="rgb")


@pytest.fixture(scope="module", autouse=True)
def few_images() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "N_LATENTS", 60)
        patch.setattr(speed, "_REPEATS", 1)
        patch.setattr("training.launch.Appraiser", partial(Appraiser, n_images=1000))
        patch.setattr("training.launch.settle", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of coloured pictures: the bars, each in a colour of its own."""
    folder = tmp_path_factory.mktemp("data") / "bars"
    inks = np.random.default_rng(0).integers(0, 256, (180, 3))
    for index, (image, label) in enumerate(zip(*bars(180), strict=True)):
        pixels = (image[..., None] / 255 * inks[index]).astype(np.uint8)
        path = folder / ("test" if index < 45 else "train") / NAMES[label] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).resize(SIZE[::-1]).save(path)
    return folder


@pytest.fixture(scope="module")
def judges(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("judges")
    judge_training.make("plain", data.load(str(folder), None, RGB), to, seed=1, n_steps=12)
    return to


@pytest.fixture(scope="module")
def run(folder: Path, judges: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("run"))
    options = Options(seed=1, iterations=2, budget_s=None, threads=1, data=str(folder), judge=str(judges))
    console = Console(file=io.StringIO())
    assert launch(catalogue.find("colour"), options, run, data_dir=None, resumes=True, console=console) == 0
    return run


@pytest.fixture(scope="module")
def made(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(run, tmp_path_factory.mktemp("exported"), "1", judge=None)


def test_colour_recipe_takes_the_size_of_the_data(run: Run, folder: Path) -> None:
    generator = run.read()["recipe"]["generator"]
    assert (generator["size"], generator["n_channels"], generator["n_classes"]) == ([16, 24], 3, 3)
    assert (run.options().size, run.options().colour) == (None, "rgb")
    assert data_of_run(run, None).sha256 == data.load(str(folder), None, RGB).sha256
    with Image.open(run.sheets / "00000002.png") as sheet:
        assert (sheet.mode, sheet.size) == ("RGB", (3 * 2 * 28, 10 * 2 * 20))


def test_colour_model_has_channels_last_and_says_so_in_its_card(made: Path) -> None:
    card = read_card(made)
    assert (card.image_height, card.image_width, card.image_channels) == (*SIZE, 3)
    assert card.parity is not None and card.parity.max_float_difference <= 1e-5
    (images,) = GeneratorSession((made / MODEL_FILE).read_bytes()).run(np.zeros((2, card.latent_size), np.float32))
    assert images.shape == (2, *SIZE, 3)
    assert images.dtype == np.uint8
    with Image.open(made / "samples.png") as samples:
        assert samples.mode == "RGB"
    with pytest.raises(ExportRefused, match="draws 16 x 24 RGB pixels, but an encoder reads only"):
        check_readable(card)


def test_colour_model_is_scored_by_the_judge_of_its_data(made: Path, folder: Path, judges: Path, run: Run) -> None:
    dataset = data_of_model(read_card(made), str(folder), None)
    metrics = evaluate(made / MODEL_FILE, dataset, n_images=30, n_draws=1, judge_folder=judges, cache=run.folder)
    assert {"frechet_distance", "pixel_distance", "label_accuracy", "memorised_share"} <= metrics.keys()


def test_colour_model_and_its_variants_draw_alike(made: Path, tmp_path: Path, folder: Path) -> None:
    dataset = data.load(str(folder), None, RGB)
    seeds, labels = np.arange(4, dtype=np.uint64), np.arange(4) % 3
    images = ScorableGenerator(made / MODEL_FILE, dataset).draw(seeds, labels).astype(int)
    for variant, most in zip(write_variants(made, tmp_path, judge=None), (1, 60), strict=True):
        assert read_card(variant).image_channels == 3
        other = ScorableGenerator(variant / MODEL_FILE, dataset).draw(seeds, labels).astype(int)
        assert np.abs(other - images).max() <= most


def test_report_shows_pictures_in_colour(run: Run, folder: Path, judges: Path, tmp_path: Path) -> None:
    dataset = data.load(str(folder), None, RGB)
    judge = load_judge("plain", judges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.report.Appraiser", partial(Appraiser, n_images=1000))
        patch.setattr("training.report.read_history", lambda _: [HISTORY])
        write_report(run, dataset, tmp_path / "report.html", judge=judge)
    shown = re.findall(r'src="data:image/png;base64,([^"]+)"', (tmp_path / "report.html").read_text())
    modes = [Image.open(io.BytesIO(base64.b64decode(each))).mode for each in shown]
    assert len(modes) >= 4
    assert set(modes) == {"RGB"}


HISTORY = {
    "iteration": 2,
    "discriminator_loss": 0.6,
    "generator_loss": 0.7,
    "discriminator_accuracy": 0.5,
    "elapsed_s": 1.0,
    "cpu_s": 1.0,
    "images": 64,
}


@pytest.mark.parametrize(
    ("recipe", "size", "match"),
    [
        ("colour", (36, 40), "'colour' cannot draw 36 x 40 RGB pixels: height and width must be multiples of 8 where"),
        ("digits", (30, 28), "multiples of 4 where the longer one has 30 pixels; choose another --size"),
        (
            "mlp",
            (32, 32),
            "'mlp' draws only 28 x 28 grey pixels, but the images have 32 x 32 RGB; .*--size 28 --colour",
        ),
        ("stacked", (32, 32), "'stacked' draws only 28 x 28 grey pixels"),
    ],
    ids=["colour", "digits", "mlp", "stacked"],
)
def test_recipe_refuses_images_that_it_cannot_draw(recipe: str, size: tuple[int, int], match: str) -> None:
    with pytest.raises(RunRefused, match=match):
        catalogue.find(recipe).for_images(10, size, 3)


def test_recipe_takes_other_images_and_returns_to_its_own() -> None:
    recipe = catalogue.find("digits")
    other = recipe.for_images(10, (64, 48), 3)
    assert (other.size, other.n_channels, other.colour) == ((64, 48), 3, "rgb")
    assert other.for_images(10) == recipe


def test_judge_of_colours_does_not_read_the_same_pictures_in_grey(judges: Path, folder: Path, run: Run) -> None:
    grey = data.load(str(folder))
    with pytest.raises(DataRefused, match="restore its own data"):
        write_report(run, grey, folder / "report.html", judge=load_judge("plain", judges))
