import math
import re
from xml.etree import ElementTree

import pytest

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


def texts_of(svg: str) -> list[str]:
    return [e.text or "" for e in ElementTree.fromstring(svg) if e.tag == "text"]


def test_first_losses_of_a_run_are_drawn_at_their_height() -> None:
    """The highest of 150 losses is four times the others, as in the run of the guide."""
    svg = line_chart("t", [Curve("a", range(150), [4.6, *[1.0] * 149])])
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", curve_of(svg))]
    bottom, top = 214.0, heights[0]
    assert (bottom - top) / (bottom - heights[1]) == pytest.approx(4.6, abs=0.02)


def test_fixed_range_grows_with_values_outside() -> None:
    svg = line_chart("t", [Curve("a", [0, 1], [-1.0, 3.0])], y_range=(0, 1))
    assert curve_of(svg) == "M46.0 214.0L428.0 26.0"


@pytest.mark.parametrize(("extreme", "arrow"), [(900.0, "\u2191 900"), (-900.0, "\u2193 -900")])
def test_curve_that_leaves_the_chart_is_cut_and_says_how_far_it_goes(extreme: float, arrow: str) -> None:
    svg = line_chart("t", [Curve("a", range(150), [*[1.0] * 70, extreme, *[1.0] * 79])])
    path = curve_of(svg)
    assert path.count("M") == 2
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    assert min(heights) >= 26 and max(heights) <= 214
    assert arrow in texts_of(svg)


def test_curve_across_the_whole_chart_is_drawn_from_border_to_border() -> None:
    ys = [*[0.0, 1.0] * 70, 1000.0, -1000.0, *[0.0] * 8]
    heights = [
        float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", curve_of(line_chart("t", [Curve("a", range(150), ys)])))
    ]
    assert {26.0, 214.0} <= {*heights}


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
