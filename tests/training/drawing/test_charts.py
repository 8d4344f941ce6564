import math
from xml.etree import ElementTree

from training.drawing.charts import Curve, Level, line_chart, ticks


def curve_of(svg: str) -> str:
    return next(e.attrib["d"] for e in ElementTree.fromstring(svg) if e.attrib.get("class") == "curve c0")


def test_curve_goes_from_border_to_border() -> None:
    path = curve_of(line_chart("t", [Curve("a", [0, 10], [0.0, 1.0])], y_range=(0, 1)))
    assert path == "M46.0 214.0L428.0 26.0"


def test_gap_interrupts_the_curve() -> None:
    path = curve_of(line_chart("t", [Curve("a", [0, 1, 2, 3], [0.0, 1.0, math.nan, 1.0])]))
    assert path.count("M") == 2


def test_names_are_escaped() -> None:
    svg = line_chart("a < b", [Curve("<&", [0, 1], [0, 1])], levels=[Level(0.5, "<half>")])
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "a < b"


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-1.4, 0.03) == [-1.0, -0.5, 0.0]
    assert ticks(200, 30000, 4) == [10000, 20000, 30000]
    assert ticks(3, 3) == [3]
