import math
from xml.etree import ElementTree

from training.drawing.charts import Curve, Level, line_chart, ticks


def mark_of(svg: str) -> tuple[float, float, str]:
    mark = next(e.attrib for e in ElementTree.fromstring(svg) if e.attrib.get("class") == "mark")
    return float(mark["x"]), float(mark["y"]), mark["text-anchor"]


def curve_of(svg: str) -> str:
    return next(e.attrib["d"] for e in ElementTree.fromstring(svg) if e.attrib.get("class") == "curve c0")


def test_curve_spans_the_chart() -> None:
    path = curve_of(line_chart("t", [Curve("a", [0, 10], [0.0, 1.0])], y_range=(0, 1)))
    assert path == "M46.0 214.0L428.0 26.0"


def test_gap_interrupts_the_curve() -> None:
    path = curve_of(line_chart("t", [Curve("a", [0, 1, 2, 3], [0.0, 1.0, math.nan, 1.0])]))
    assert path.count("M") == 2


def test_names_are_escaped() -> None:
    svg = line_chart("a < b", [Curve("<&", [0, 1], [0, 1])], levels=[Level(0.5, "<half>")])
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "a < b"


def test_level_name_avoids_the_curves() -> None:
    def mark(ys: list[float]) -> tuple[float, float, str]:
        return mark_of(line_chart("t", [Curve("a", range(100), ys)], levels=[Level(0.5, "half")], y_range=(0, 1)))

    level = 120.0
    assert mark([0.0] * 100) == (428, level - 5, "end")
    assert mark([0.53] * 100) == (428, level + 14, "end")
    assert mark([0.0] * 60 + [0.53] * 20 + [0.47] * 20) == (428, level - 5, "end")  # only its end matters
    assert mark([0.0] * 90 + [0.53, 0.47] * 5) == (46, level - 5, "start")


def test_level_at_the_bottom_leaves_room_for_its_name() -> None:
    svg = line_chart("t", [Curve("a", range(100), [-1.3] * 100)], levels=[Level(-1.4, "least")])
    _, mark, _ = mark_of(svg)
    curve = float(curve_of(svg).partition("L")[0].split()[1])
    assert curve < mark - 11 and mark <= 218  # below the curve, above the numbers of the axis


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-1.4, 0.03) == [-1.0, -0.5, 0.0]
    assert ticks(200, 30000, 4) == [10000, 20000, 30000]
    assert ticks(3, 3) == [3]
