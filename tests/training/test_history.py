import math
from pathlib import Path

import pytest

from digitgan.contract.card import HistoryPoint
from training import history
from training.errors import RunRefused
from training.history import MOST_POINTS, Line, thinned


def test_history_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    lines: list[history.Line] = [{"iteration": 2, "generator_loss": 0.1}, {"iteration": 4, "warning": "few classes"}]
    for line in lines:
        history.append(path, line)
    assert history.read(path) == lines


def test_history_skips_a_half_written_line(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text('{"iteration": 2}\n{"iterat')
    assert history.read(path) == [{"iteration": 2}]


def test_cut_keeps_lines_up_to_the_iteration(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for iteration in (2, 4, 6):
        history.append(path, {"iteration": iteration})
    history.cut(path, 4)
    assert [line["iteration"] for line in history.read(path)] == [2, 4]


def test_missing_history_has_no_lines(tmp_path: Path) -> None:
    assert history.read(tmp_path / "history.jsonl") == []
    history.cut(tmp_path / "history.jsonl", 4)


def _lines(n: int) -> list[Line]:
    return [{"iteration": 10 * i, "generator_loss": float(i), "logit_gap": 1.0} for i in range(1, n + 1)]


def test_thinned_keeps_every_point_of_a_short_history() -> None:
    assert thinned(_lines(3), 30) == [HistoryPoint(iteration=10 * i, generator_loss=i) for i in (1, 2, 3)]


def test_thinned_averages_a_long_history_over_equal_stretches() -> None:
    points = thinned(_lines(1200), 12_000)
    assert points is not None
    assert len(points) == MOST_POINTS
    assert [point.iteration for point in points] == [200 * i for i in range(1, MOST_POINTS + 1)]
    assert points[0].generator_loss == 10.5
    losses = [point.generator_loss or 0 for point in points]
    assert sum(losses) / len(losses) == pytest.approx(600.5, rel=1e-3)


def test_thinned_puts_rare_figures_into_their_stretch() -> None:
    looks: list[Line] = [{"iteration": 20, "judge_distance": 3.0}, {"iteration": 25, "warning": "few classes"}]
    points = thinned(sorted([*_lines(3), *looks], key=lambda line: int(line["iteration"])), 30)
    assert points is not None
    assert [point.judge_distance for point in points] == [None, 3.0, None]


def test_thinned_leaves_out_lines_after_the_snapshot() -> None:
    points = thinned(_lines(10), 50)
    assert points is not None
    assert points[-1].iteration == 50


def test_thinned_is_none_without_figures() -> None:
    assert thinned([], 100) is None
    assert thinned([{"iteration": 20, "rollback": "to 10"}], 100) is None
    assert thinned(_lines(3), 0) is None


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 9999,
        b'{"iteration": -1}',
        b'{"iteration": ' + b"9" * 5000,
        b'{"iteration": 1, "generator_loss": []}',
        b'{"iteration": 1, "warning": 1}',
        b"\0\0\0",
    ],
    ids=range(9),
)
def test_damaged_line_is_named_and_left_out(tmp_path: Path, line: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"iteration": 1}\n' + line + b'\n{"iteration": 3}\n')
    assert history.read(path) == [{"iteration": 1}, {"iteration": 3}]
    [note] = capsys.readouterr().err.splitlines()
    assert "history.jsonl: damaged lines are left out: line 2: " in note
    assert len(note) < 1000


def test_cut_keeps_a_damaged_history_beside_the_new_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.jsonl"
    damaged = b'{"iteration": 1}\n\0\0\0\n{"iteration":  3}\n{"iteration": 5}\n'
    path.write_bytes(damaged)
    history.cut(path, 4)
    assert path.read_bytes() == b'{"iteration": 1}\n{"iteration":  3}\n'
    assert (tmp_path / "history.jsonl.damaged-1").read_bytes() == damaged
    assert "history.jsonl.damaged-1 keeps the file as it was" in capsys.readouterr().err


def test_history_larger_than_any_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"[" * 70_000 + b"\n")
    with pytest.raises(RunRefused, match=r"history\.jsonl: has about 70,000 lists"):
        history.read(path)


def test_thinned_history_leaves_out_what_is_not_finite() -> None:
    lines: list[Line] = [{"iteration": 1, "generator_loss": math.inf}, {"iteration": 1, "generator_loss": 2.0}]
    [point] = thinned(lines, 1) or []
    assert point.generator_loss == 2.0
