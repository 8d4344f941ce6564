"""Any small pictures by class can go the whole way that digits go."""

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from digitgan.contract.card import MODEL_FILE, read_card
from tests.commands import digitgan
from tests.shapes import NAMES, write_idx_folder, write_png_folder
from training import checkpoints, data, history
from training.errors import DataRefused, JudgeRefused, NotScorable, RunRefused, TeacherRefused
from training.evaluate import DEFINITIONS, evaluate
from training.export import export
from training.graphs import parity, speed
from training.judging import data_of_model, judge_of
from training.latents import encoder as encoders
from training.latents import reconstruction, truncation
from training.launch import launch
from training.metrics import judge_training
from training.metrics.judge import WEIGHTS_FOLDER
from training.metrics.reference import judges_for
from training.recipes import catalogue
from training.run import Options, Run
from training.watch.appraisal import Appraiser

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", autouse=True)
def few_images() -> Iterator[None]:
    """Have a run's watchdog, the search for its best scale, and exports measure with fewer images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "N_LATENTS", 100)
        patch.setattr(speed, "_REPEATS", 1)
        patch.setattr("training.launch.Appraiser", partial(Appraiser, n_images=1000))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of IDX files with 240 training and 60 test images of three classes."""
    folder = tmp_path_factory.mktemp("data") / "bars"
    write_idx_folder(folder, n=240, n_test=60)
    (folder / "dataset.json").write_text('{"licence": "CC0-1.0", "class_names": ["low", "middle", "top"]}')
    return folder


@pytest.fixture(scope="module")
def judges(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a judge that has learned from these images."""
    to = tmp_path_factory.mktemp("judges")
    judge_training.make("plain", data.load(str(folder)), to, seed=1, n_steps=25)
    return to


def trained(recipe: str, data_folder: Path, to: Path, judges: Path | None = None) -> tuple[Run, str]:
    """Return a run of two iterations and its output."""
    console, run = Console(file=io.StringIO(), width=500), Run(to)
    options = Options(
        seed=1, iterations=2, budget_s=None, threads=1, data=str(data_folder), judge=str(judges) if judges else None
    )
    assert launch(catalogue.find(recipe), options, run, data_dir=None, resumes=True, console=console) == 0
    assert isinstance(console.file, io.StringIO)
    return run, console.file.getvalue()


@pytest.fixture(scope="module")
def judged(folder: Path, judges: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained("digits", folder, tmp_path_factory.mktemp("run"), judges)[0]


def test_recipe_adopts_the_number_of_classes_of_the_data(judged: Run) -> None:
    configuration = judged.read()["recipe"]
    assert configuration["generator"]["n_classes"] == configuration["discriminator"]["n_classes"] == 3
    assert sorted(path.stem for path in judged.sheets.iterdir()) == [
        "00000000",
        "00000002",
    ]  # including the untrained generator
    with Image.open(judged.sheets / "00000002.png") as sheet:
        assert sheet.size == (3 * 64, 10 * 64)


def test_run_on_other_data_is_watched_by_its_own_judge(judged: Run) -> None:
    looks = [line for line in history.read(judged.history) if "judge_distance" in line]
    assert len(looks) == 1
    assert 1 <= looks[0]["classes"] <= 3.01
    assert checkpoints.read(judged.best) is not None


@pytest.fixture(scope="module")
def made(judged: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(judged, tmp_path_factory.mktemp("exported"), "1", judge=None, model_name="bars")


def test_model_of_other_data_is_exported_with_name_and_classes(made: Path) -> None:
    card = read_card(made)
    assert (made.parent.name, made.name) == ("bars", "1")
    assert (card.model, card.n_classes, card.class_names) == ("bars", 3, list(NAMES))
    assert card.data is not None
    assert (card.data.name, card.data.licence, card.data.n_images) == ("bars", "CC0-1.0", 240)
    assert {golden.label for golden in card.golden} == {None, 0, 1, 2}
    with Image.open(made / "samples.png") as samples:
        assert samples.size == (3 * 64, 10 * 64)


def test_model_of_other_data_is_scored_by_its_judge_only(
    made: Path, folder: Path, judges: Path, tmp_path: Path
) -> None:
    path = made / MODEL_FILE
    dataset = data.load(str(folder))
    scores = evaluate(path, dataset, n_images=100, n_draws=1, cache=tmp_path, judge_folder=judges)
    assert set(scores) <= set(DEFINITIONS)
    assert not any("guard" in name for name in scores)
    assert scores["label_accuracy"].floor is not None
    assert scores["label_accuracy"].floor > 0.9
    assert scores == evaluate(path, dataset, n_images=100, n_draws=1, cache=tmp_path, judge_folder=judges)
    with pytest.raises(JudgeRefused, match=r"no judge reads these images; .* --judge FOLDER"):
        evaluate(path, dataset, cache=tmp_path)


def test_scores_of_too_few_test_images_are_refused(made: Path, folder: Path, judges: Path) -> None:
    dataset = data.load(str(folder))
    few = replace(dataset, test_images=dataset.test_images[:5], test_labels=dataset.test_labels[:5])
    with pytest.raises(NotScorable, match=r"5 test images, .* images per draw; scores need more than 5"):
        evaluate(made / MODEL_FILE, few, n_draws=1, judge_folder=judges)
    assert judge_of(read_card(made).data, few, judges) is None


def test_curve_and_encoder_use_the_data_and_judge_of_the_version(
    made: Path, folder: Path, judges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache")
    monkeypatch.setattr(reconstruction, "N_GENERATED", 10)
    monkeypatch.setattr(encoders, "N_STEPS", 2)
    monkeypatch.setattr(truncation, "TRUNCATIONS", (1.0,))
    version = shutil.copytree(made, tmp_path / "1")
    curve = digitgan("truncation", version, "--data", folder, "--judge", judges, "--images", "100")
    assert curve.exit_code == 0, curve.stderr
    encoder = digitgan("encoder", version, "--data", folder, "--judge", judges, "--iterations", "2")
    assert encoder.exit_code == 0, encoder.stderr
    card = read_card(version)
    assert card.truncation_curve is not None
    assert card.encoder is not None
    with Image.open(version / "reconstructions.png") as pictures:
        assert pictures.size == (3 * 64, 8 * 64)


@pytest.mark.parametrize(
    ("command", "subject"),
    [("export", "run"), ("report", "run"), ("variants", "model"), ("truncation", "model"), ("encoder", "model")],
)
def test_figures_are_refused_when_the_data_have_changed(
    command: str, subject: str, judged: Run, made: Path, folder: Path, judges: Path, tmp_path: Path
) -> None:
    """The folder has the same name as before, and its images the same number, but one pixel differs."""
    changed = shutil.copytree(folder, tmp_path / "moved" / "bars")
    images = bytearray((changed / "train-images-idx3-ubyte").read_bytes())
    images[-400] ^= 255
    (changed / "train-images-idx3-ubyte").write_bytes(images)
    version = shutil.copytree(made, tmp_path / "models" / "bars" / "1")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    arguments: list[str | Path]
    if subject == "run":
        arguments = [command, judged.folder, "--to", tmp_path / "written", "--data-dir", changed, "--judge", judges]
    else:
        arguments = [command, version, "--data", changed, "--judge", judges]
    result = digitgan(*arguments)
    assert result.exit_code == 1
    assert re.search(r"learned from the data 'bars', 240 images with checksum \w+, not from 'bars'", result.stderr)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_figures_of_mnist_do_not_come_from_its_sample(models_dir: Path, sample: data.Dataset) -> None:
    learned = read_card(models_dir / "digits" / "1").data
    with pytest.raises(DataRefused, match=r"'mnist', 60,000 images .* not from 'sample', 5,000 images"):
        judge_of(learned, sample, None)


def test_data_of_a_model_are_found_by_their_name_or_must_be_named(made: Path, sample: data.Dataset) -> None:
    card = read_card(made)
    assert card.data is not None
    learned = card.data.model_copy(update={"name": "sample", "sha256": sample.sha256})
    assert data_of_model(card.model_copy(update={"data": learned}), None, None).sha256 == sample.sha256
    with pytest.raises(DataRefused, match="learned from the data 'bars': name their folder with --data"):
        data_of_model(card, None, None)


@pytest.mark.parametrize("command", ["variants", "truncation", "encoder"])
def test_model_of_other_data_is_not_measured_with_digits(command: str, made: Path) -> None:
    result = digitgan(command, made, "--data", "sample")
    assert result.exit_code == 1
    assert re.search("learned from the data 'bars', 240 images .* not from 'sample', 5,000 images", result.stderr)


def test_encoder_is_refused_without_a_judge(made: Path, folder: Path) -> None:
    result = digitgan("encoder", made, "--data", folder, "--iterations", "100000")
    assert result.exit_code == 1
    assert "no judge reads these images" in result.stderr


def test_student_and_teacher_must_have_the_classes_of_the_data(
    made: Path, folder: Path, models_dir: Path, tmp_path: Path
) -> None:
    options = Options(seed=1, iterations=1, budget_s=None, threads=1, data=str(folder))
    student, console = catalogue.find("digits-small"), Console(quiet=True)
    digits = models_dir / "digits" / "1"
    with pytest.raises(TeacherRefused, match="10 classes; those of recipe 'digits-small' have 64 and 3"):
        launch(student, options, Run(tmp_path), data_dir=None, teacher_dir=digits, resumes=True, console=console)
    assert not Run(tmp_path).exists
    assert launch(student, options, Run(tmp_path), data_dir=None, teacher_dir=made, resumes=True, console=console) == 0


def test_run_without_a_judge_trains_and_has_no_figures(tmp_path: Path) -> None:
    write_png_folder(tmp_path / "pictures", n=120)
    run, said = trained("cgan", tmp_path / "pictures", tmp_path / "run")
    assert "no judge reads these images, so there are no figures and no best snapshot" in said
    assert not run.best.exists()
    assert judges_for(run.read()["data"]["sha256"]) is None
    assert run.read()["data"]["class_names"] == list(NAMES)
    again, _ = trained("cgan", tmp_path / "pictures", tmp_path / "run")  # resumed: the same data, the same recipe
    assert again.read()["starts"][1]["iteration"] == 2


@pytest.mark.parametrize("watches", [True, False])
def test_mistyped_judge_is_refused_before_the_run_is_written(watches: bool, judged: Run, folder: Path) -> None:
    options = replace(judged.options(), data=str(folder), judge=str(judged.folder / "nowhere"), iterations=3)
    written = (judged.folder / "run.json").read_bytes()
    for run in (judged, Run(judged.folder.parent / "new")):
        with pytest.raises(JudgeRefused, match=r"nowhere: there is no judge 'plain' in this folder; .* trains one"):
            launch(
                catalogue.find("digits"),
                options,
                run,
                data_dir=None,
                resumes=True,
                console=Console(quiet=True),
                watches=watches,
            )
    assert (judged.folder / "run.json").read_bytes() == written
    assert not run.exists


def test_judges_of_other_data_are_refused(folder: Path) -> None:
    with pytest.raises(JudgeRefused, match=r"judge 'plain' learned from other data \(mnist\)"):
        judges_for(data.load(str(folder)).sha256, WEIGHTS_FOLDER)


def test_shipped_judges_read_mnist_and_its_sample() -> None:
    sample = data.load("sample")
    shipped, named = judges_for(sample.sha256), judges_for(sample.sha256, WEIGHTS_FOLDER)
    assert shipped is not None
    assert named is not None
    assert shipped.selecting.sha256 == named.selecting.sha256


@pytest.mark.parametrize(
    ("recipe", "n_classes", "match"),
    [("digits", 1, "only one class; try 'mlp'"), ("stacked", 3, "ten classes, but .* 3")],
)
def test_recipe_refuses_an_impossible_number_of_classes(recipe: str, n_classes: int, match: str) -> None:
    with pytest.raises(RunRefused, match=match):
        catalogue.find(recipe).for_images(n_classes)


def test_unconditional_recipe_ignores_the_number_of_classes() -> None:
    assert catalogue.find("mlp").for_images(47) == catalogue.find("mlp")
    recipes = [catalogue.find(name) for name in catalogue.RECIPES]
    assert [
        recipe.for_images(10, recipe.size, 1 if recipe.stacks_digits else recipe.n_channels) for recipe in recipes
    ] == recipes


def test_run_refuses_an_existing_version_before_training(tmp_path: Path) -> None:
    (tmp_path / "models" / "bars" / "1").mkdir(parents=True)
    arguments = ["run", "mlp", "--data", "sample", "--run", str(tmp_path / "run"), "--to", str(tmp_path / "models")]
    result = digitgan(*arguments, "--model", "bars")
    assert result.exit_code == 1
    assert str(tmp_path / "models" / "bars" / "1") in result.stderr
    assert not (tmp_path / "run").exists()


def test_invalid_version_is_a_usage_error_before_training(tmp_path: Path) -> None:
    result = digitgan("run", "mlp", "--data", "sample", "--run", tmp_path / "run", "--version", "0")
    assert result.exit_code == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["Bars", "1bars", "../bars"])
def test_invalid_model_name_is_a_usage_error(name: str) -> None:
    result = digitgan("run", "mlp", "--model", name)
    assert result.exit_code == 2
    assert "small letters, digits and hyphens" in result.stderr
