"""The data of the real run, which are the guide's."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from training.drawing.guide import HISTORY, SHEETS, sheet_name

ROOT = Path(__file__).parents[4]
LEARN = ROOT / "service" / "static" / "learn"
IMAGES = ROOT / "docs" / "guide" / "images"
RUN = json.loads((LEARN / "mlp-run.json").read_text(encoding="utf-8"))


def test_curves_are_the_history_of_the_run_in_four_places() -> None:
    lines = [json.loads(line) for line in (IMAGES / HISTORY).read_text(encoding="utf-8").splitlines()]
    assert [line["iteration"] for line in lines] == [RUN["every"] * (i + 1) for i in range(len(lines))]
    for name in ("discriminator_loss", "generator_loss", "discriminator_accuracy"):
        assert RUN[name] == [round(line[name], 4) for line in lines]


def test_sheets_are_those_of_the_guide() -> None:
    frames = [np.array(Image.open(IMAGES / sheet_name(n)).convert("L")) for n in SHEETS]
    assert len(frames) == len(RUN["sheets"])
    assert np.array_equal(np.array(Image.open(LEARN / "mlp-run.png")), np.hstack(frames))
