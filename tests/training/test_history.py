from pathlib import Path

from training import history


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    lines: list[history.Line] = [{"iteration": 2, "generator_loss": 0.1}, {"iteration": 4, "warning": "few classes"}]
    for line in lines:
        history.append(path, line)
    assert history.read(path) == lines


def test_half_a_line_is_not_one(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text('{"iteration": 2}\n{"iterat')
    assert history.read(path) == [{"iteration": 2}]


def test_cut_keeps_what_came_up_to_the_iteration(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for iteration in (2, 4, 6):
        history.append(path, {"iteration": iteration})
    history.cut(path, 4)
    assert [line["iteration"] for line in history.read(path)] == [2, 4]


def test_run_without_history_has_no_lines(tmp_path: Path) -> None:
    assert history.read(tmp_path / "history.jsonl") == []
    history.cut(tmp_path / "history.jsonl", 4)
