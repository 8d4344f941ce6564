from pathlib import Path

import pytest

from training.metrics.cache import kept


def a_number(path: Path, made: list[int]) -> float:
    """Return 0.5 from a file, and count how often it is made."""

    def make() -> float:
        made.append(1)
        return 0.5

    return kept(
        path, make, arrays=lambda it: {"it": it}, parse=lambda arrays: float(arrays["it"]), subject="the number"
    )


def test_result_is_made_once_and_then_read(tmp_path: Path) -> None:
    made: list[int] = []
    assert [a_number(tmp_path / "deep" / "it.npz", made) for _ in range(2)] == [0.5, 0.5]
    assert len(made) == 1


def test_damaged_file_is_named_and_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, made = tmp_path / "it.npz", list[int]()
    path.write_bytes(b"no archive")
    assert [a_number(path, made) for _ in range(2)] == [0.5, 0.5]
    assert len(made) == 1
    assert capsys.readouterr().err.count(f"{path}: cannot be read") == 1


def test_file_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert a_number(tmp_path / "file" / "deep" / "it.npz", []) == 0.5
    assert "cannot be written (Not a directory); the number is not kept" in capsys.readouterr().err
