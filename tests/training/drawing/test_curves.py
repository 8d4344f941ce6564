import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from training.drawing.curves import write_curves
from training.errors import RunRefused

SVG = "{http://www.w3.org/2000/svg}"


def history(path: Path, accuracies: list[float]) -> Path:
    lines = [
        {
            "iteration": 200 * (n + 1),
            "discriminator_loss": 0.7,
            "generator_loss": 1.4,
            "discriminator_accuracy": accuracy,
        }
        for n, accuracy in enumerate(accuracies)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_curves_have_a_point_per_line_at_the_height_of_its_figure(tmp_path: Path) -> None:
    to = tmp_path / "a folder to be made" / "curves.svg"
    write_curves(history(tmp_path / "history.jsonl", [1.0, 0.5, 0.0]), to)
    root = ElementTree.parse(to).getroot()
    curves = [element.attrib["points"].split() for element in root.iter(f"{SVG}polyline")]
    assert [len(points) for points in curves] == [3, 3, 3]
    heights = [float(point.split(",")[1]) for point in curves[2]]
    assert heights[0] < heights[1] < heights[2]
    assert heights[1] == pytest.approx((heights[0] + heights[2]) / 2)


def test_one_half_is_marked_as_the_equilibrium(tmp_path: Path) -> None:
    write_curves(history(tmp_path / "history.jsonl", [0.5]), tmp_path / "curves.svg")
    text = (tmp_path / "curves.svg").read_text()
    point = re.search(r'points="[\d.]+,([\d.]+)" fill="none" stroke="#1e8449"', text)
    assert point is not None
    assert f'<path d="M48 {point[1]}h' in text


def test_history_without_losses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="no losses yet"):
        write_curves(tmp_path / "history.jsonl", tmp_path / "curves.svg")


def test_losses_below_zero_are_drawn_inside_their_panel(tmp_path: Path) -> None:
    lines = [
        {"iteration": n, "discriminator_loss": -float(n), "generator_loss": -0.5, "discriminator_accuracy": 0.9}
        for n in (1, 2, 3)
    ]
    (tmp_path / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_curves(tmp_path / "history.jsonl", tmp_path / "curves.svg")
    root = ElementTree.parse(tmp_path / "curves.svg").getroot()
    curve = next(root.iter(f"{SVG}polyline"))
    heights = [float(point.split(",")[1]) for point in curve.attrib["points"].split()]
    assert 48 < heights[0] < heights[1] < heights[2] <= 48 + 220
