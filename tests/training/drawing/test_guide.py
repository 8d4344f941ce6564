"""The guide's pictures match the committed history, which is that of the served model."""

from pathlib import Path

import pytest
from PIL import Image

from digitgan.contract.card import read_card
from training import history
from training.benchmark.figures import newest
from training.drawing.guide import HISTORY, SHEETS, drawings, sheet_name, write_guide
from training.errors import RunRefused
from training.run import Run

IMAGES = Path(__file__).parents[3] / "docs" / "guide" / "images"


def test_committed_pictures_match_the_committed_history() -> None:
    for name, content in drawings(history.read(IMAGES / HISTORY)).items():
        assert (IMAGES / name).read_bytes() == content, "digitgan guide runs/mlp"
    for iteration in SHEETS:
        with Image.open(IMAGES / sheet_name(iteration)) as sheet:
            assert (sheet.size, getattr(sheet, "n_frames", 1)) == ((160, 160), 1)


def test_guide_describes_the_run_of_the_served_model(models_dir: Path) -> None:
    [folder] = [each for each in newest(models_dir) if each.parent.name == "mlp"]
    card = read_card(folder)
    lines = history.read(IMAGES / HISTORY)
    assert card.training is not None and card.history is not None
    assert lines[-1]["iteration"] == card.training.iterations
    assert [each.model_copy(update={"judge_distance": None}) for each in card.history] == history.thinned(
        lines, card.training.iterations
    )


def test_guide_refuses_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="there is no run in this folder"):
        write_guide(Run(tmp_path), tmp_path / "images")
