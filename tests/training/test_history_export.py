import shutil
from pathlib import Path

import pytest

from digitgan.contract.card import CARD_FILE, MODEL_FILE, read_card
from tests.commands import digitgan
from tests.training.conftest import copy_of, train_for
from training import history
from training.data import Dataset
from training.errors import ExportRefused
from training.export import export
from training.history_export import add_history
from training.recipes import mlp
from training.run import Run

ONE_IS_ENOUGH = pytest.mark.parametrize("trained", ["mlp"], indirect=True)


@pytest.fixture
def told(trained: Run, tmp_path: Path) -> Run:
    """The short run with the history of a longer one."""
    run = copy_of(trained, tmp_path / "run")
    for iteration in (4, 8, 12, 16):
        history.append(run.history, {"iteration": iteration, "generator_loss": 1 / iteration})
    return run


@ONE_IS_ENOUGH
def test_export_includes_the_history_up_to_its_snapshot(told: Run, tmp_path: Path) -> None:
    card = read_card(export(told, tmp_path / "models", "1", judge=None))
    assert card.history is not None
    assert [(point.iteration, point.generator_loss) for point in card.history] == [(4, 0.25), (8, 0.125), (12, 0.08333)]


@ONE_IS_ENOUGH
def test_history_command_changes_only_the_history(told: Run, exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mlp" / "1"
    shutil.copytree(exported, folder)
    assert read_card(folder).history is None
    arguments = ["history", str(told.folder), "--to", str(folder)]
    result = digitgan(*arguments)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, str(folder / CARD_FILE))
    card = read_card(folder)
    assert card.history is not None and len(card.history) == 3
    assert card.model_copy(update={"history": None}) == read_card(exported)
    assert (folder / MODEL_FILE).read_bytes() == (exported / MODEL_FILE).read_bytes()


@ONE_IS_ENOUGH
def test_history_of_another_run_is_refused(told: Run, exported: Path, sample: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mlp" / "1"
    shutil.copytree(exported, folder)
    shorter = train_for(mlp.RECIPE, 6, sample, tmp_path / "shorter")
    with pytest.raises(ExportRefused, match="no snapshot of iteration 12"):
        add_history(folder, shorter)
    other = tmp_path / "other"
    shutil.copytree(told.folder, other)
    seeded = train_for(mlp.RECIPE, 12, sample, tmp_path / "seeded", seed=8)
    shutil.rmtree(other / "checkpoints")
    shutil.copytree(seeded.checkpoints, other / "checkpoints")
    with pytest.raises(ExportRefused, match="was not exported from"):
        add_history(folder, Run(other))
    assert read_card(folder).history is None


@ONE_IS_ENOUGH
def test_run_without_history_is_refused(trained: Run, exported: Path) -> None:
    with pytest.raises(ExportRefused, match="has no history"):
        add_history(exported, trained)
