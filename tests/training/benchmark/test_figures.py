from pathlib import Path

import onnx
import pytest

from digitgan.contract.card import CARD_FILE, MODEL_FILE, Card, Metric, read_card
from digitgan.contract.metric import ReaderScore
from tests.cards import a_card, deploy
from tests.graphs import a_foreign_graph
from tests.training.conftest import short_readers
from training.benchmark import figures
from training.benchmark.figures import READER, ModelFigures, is_complete, is_of_mnist, measured, newest, read
from training.benchmark.page import page
from training.data import Dataset
from training.errors import DataRefused, NotScorable
from training.evaluate import CONDITIONAL, DEFINITIONS, evaluate
from training.metrics import classes, reader
from training.metrics.generators import ForeignHints
from training.metrics.method import Method, method
from training.metrics.reader_networks import READERS
from training.metrics.reference import Judges, load_judges


@pytest.fixture(scope="module")
def judges() -> Judges:
    return load_judges()


def in_full(judges: Judges, names: set[str]) -> dict[str, Metric]:
    """Return metrics of these names with the required method."""
    metrics = {name: Metric(value=1, definition="", **method(name, judges).facts) for name in names}
    if READER in names:
        steps = {name: each.n_steps for name, each in READERS.items()}
        readers = {name: ReaderScore(accuracy=1, floor=1, seed=1, n_steps=n) for name, n in steps.items()}
        metrics[READER] = metrics[READER].model_copy(update={"readers": readers})
    return metrics


def test_newest_is_the_highest_version_of_each_model(tmp_path: Path) -> None:
    for model, version in (("tiny", "9"), ("tiny", "10"), ("other", "1")):
        deploy(tmp_path, a_card(model=model, version=version))
    (tmp_path / "tiny" / ".11.tmp").mkdir()
    assert newest(tmp_path) == [tmp_path / "other" / "1", tmp_path / "tiny" / "10"]
    assert newest(tmp_path / "nowhere") == []


def test_only_models_of_all_of_mnist_are_compared(tmp_path: Path, sample: Dataset) -> None:
    card = a_card(model="tiny")
    assert card.data is not None
    assert is_of_mnist(deploy(tmp_path, card))
    for model, sha256 in (("few", sample.sha256), ("icons", "0" * 64)):
        data = card.data.model_copy(update={"sha256": sha256})
        assert not is_of_mnist(deploy(tmp_path, card.model_copy(update={"model": model, "data": data})))
    assert not is_of_mnist(deploy(tmp_path, card.model_copy(update={"model": "adopted", "data": None})))


def test_complete_card_has_every_score_of_its_model(judges: Judges) -> None:
    unconditional = a_card(metrics=in_full(judges, set(DEFINITIONS) - CONDITIONAL))
    assert is_complete(unconditional, judges)
    assert not is_complete(unconditional.model_copy(update={"n_classes": 10}), judges)
    assert is_complete(a_card(n_classes=10, metrics=in_full(judges, set(DEFINITIONS))), judges)


def test_reader_is_trained_only_for_a_target(judges: Judges) -> None:
    metrics = in_full(judges, set(DEFINITIONS) - {READER})
    assert is_complete(a_card(model="cgan", n_classes=10, metrics=metrics), judges)
    assert not is_complete(a_card(model="digits", n_classes=10, metrics=metrics), judges)


@pytest.mark.parametrize("other", [{"n_images": 5000}, {"n_draws": None}, {"judge_sha256": "0" * 64}])
def test_card_measured_by_another_method_is_incomplete(judges: Judges, other: dict[str, object]) -> None:
    metrics = in_full(judges, set(DEFINITIONS) - CONDITIONAL)
    metrics["frechet_distance"] = metrics["frechet_distance"].model_copy(update=other)
    assert not is_complete(a_card(metrics=metrics), judges)


@pytest.mark.parametrize("other", [{"seed": 2}, {"n_steps": 7}, None])
def test_card_with_other_readers_is_incomplete(judges: Judges, other: dict[str, int] | None) -> None:
    """None stands for cards from before there were five readers."""
    metrics = in_full(judges, set(DEFINITIONS))
    assert is_complete(a_card(model="digits", n_classes=10, metrics=metrics), judges)
    readers = metrics[READER].readers
    assert readers is not None
    changed = other and readers | {"lenet-5": readers["lenet-5"].model_copy(update=other)}
    metrics[READER] = metrics[READER].model_copy(update={"readers": changed})
    assert not is_complete(a_card(model="digits", n_classes=10, metrics=metrics), judges)


def test_complete_card_is_not_measured_again(tmp_path: Path, sample: Dataset, judges: Judges) -> None:
    card = a_card(metrics=in_full(judges, set(DEFINITIONS) - CONDITIONAL))
    assert measured(deploy(tmp_path, card), sample, judges) == ModelFigures.of(card)  # its model file is not a graph


def test_card_of_a_model_of_other_data_is_not_completed(tmp_path: Path, sample: Dataset, judges: Judges) -> None:
    folder = deploy(tmp_path, a_card())
    before = (folder / CARD_FILE).read_bytes()
    with pytest.raises(DataRefused, match="learned from the data 'mnist'"):
        measured(folder, sample, judges)
    assert (folder / CARD_FILE).read_bytes() == before


def test_foreign_generator_is_measured_and_says_how_it_is_read(
    models_dir: Path, sample: Dataset, judges: Judges, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "evaluate", lambda generator, *_, **__: {})
    graph = a_foreign_graph(onnx.load(models_dir / "digits" / "1" / MODEL_FILE), scale=(0, 2), labels="integer")
    (tmp_path / "elsewhere.onnx").write_bytes(graph)
    with pytest.raises(NotScorable, match="name the values of black and white"):
        measured(tmp_path / "elsewhere.onnx", sample, judges)
    found = measured(tmp_path / "elsewhere.onnx", sample, judges, ForeignHints(scale=(0, 2)))
    assert (found.name, found.card) == ("elsewhere", None)
    assert f"`elsewhere` is read as: {found.read_as}." in page([found])
    with pytest.raises(NotScorable, match="has no card, so its figures must be measured"):
        read(tmp_path / "elsewhere.onnx")


def test_card_of_another_file_is_not_completed(tmp_path: Path, sample: Dataset, judges: Judges) -> None:
    folder = deploy(tmp_path, a_card())
    (folder / MODEL_FILE).write_bytes(b"other")
    with pytest.raises(NotScorable, match=r"5 bytes.*, and the card lacks figures"):
        measured(folder, sample, judges)


def test_folder_without_a_card_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotScorable, match=str(tmp_path)):
        read(tmp_path)


def test_incomplete_card_is_measured_once_and_kept(
    exported: Path, sample: Dataset, judges: Judges, references: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "N_STACKS", 100)
    monkeypatch.setattr(reader, "N_IMAGES", 300)
    short_readers(monkeypatch)
    folder = deploy(tmp_path / "models", read_card(exported), (exported / MODEL_FILE).read_bytes())

    def few(path: Path, dataset: Dataset, *, with_stacks: bool, with_reader: bool) -> dict[str, Metric]:
        return evaluate(
            path,
            dataset,
            n_images=500,
            n_draws=1,
            with_stacks=with_stacks,
            with_reader=with_reader,
            cache=references,
        )

    monkeypatch.setattr(figures, "evaluate", few)
    monkeypatch.setattr(figures, "method", lambda name, judges: method(name, judges, 500, 1))
    found = measured(folder, sample, judges)
    kept: Card = read_card(folder)
    assert found == ModelFigures.of(kept)
    assert is_complete(kept, judges)
    assert measured(folder, sample, judges) == found


def test_method_states_images_draws_and_judge(judges: Judges) -> None:
    assert judges.guarding is not None
    assert method("recall", judges) == Method(10_000, 6, judges.selecting.sha256)
    assert method("guard_label_accuracy", judges).judge_sha256 == judges.guarding.sha256
    assert method("memorised_share", judges) == Method(10_000, 1, None)
    assert method("stacked_modes", judges).n_images == 78_000
    learning = frozenset((name, reader.SEED, each.n_steps) for name, each in READERS.items())
    assert method("classifier_accuracy_score", judges) == Method(60_000, 1, None, learning)
