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


def curves_of(path: Path) -> list[list[tuple[float, float]]]:
    """Return the points of the curves, without the legend's, which are horizontal."""
    found = []
    for element in ElementTree.parse(path).getroot().iter(f"{SVG}path"):
        if "curve" in element.attrib.get("class", "") and "h" not in element.attrib["d"]:
            numbers = re.findall(r"[ML]([\d.]+) (-?[\d.]+)", element.attrib["d"])
            found.append([(float(x), float(y)) for x, y in numbers])
    return found


def test_curves_have_a_point_per_line_at_the_height_of_its_figure(tmp_path: Path) -> None:
    to = tmp_path / "a folder to be made" / "curves.svg"
    write_curves(history(tmp_path / "history.jsonl", [1.0, 0.5, 0.0]), to)
    losses_and_accuracy = curves_of(to)
    assert [len(points) for points in losses_and_accuracy] == [3, 3, 3]
    heights = [y for _, y in losses_and_accuracy[2]]
    assert heights[0] < heights[1] < heights[2]
    assert heights[1] == pytest.approx((heights[0] + heights[2]) / 2)


def test_one_half_is_marked_as_the_equilibrium(tmp_path: Path) -> None:
    write_curves(history(tmp_path / "history.jsonl", [0.5]), tmp_path / "curves.svg")
    [(_, height)] = curves_of(tmp_path / "curves.svg")[2]
    assert f'<path class="level" d="M46 {height}H' in (tmp_path / "curves.svg").read_text()


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
    heights = [y for _, y in curves_of(tmp_path / "curves.svg")[0]]
    assert 26 < heights[0] < heights[1] < heights[2] <= 214
