"""The command that measures ink."""

import json
import sys
from pathlib import Path

import pytest

from bench.ink import __main__ as command


def test_part_that_is_measured_again_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = {"numbers": 10, "draw_cpu_s": 6.0, "train_cpu_s": 60.0, "read": {"plain": 0.5, "tight": 0.25}}
    monkeypatch.setitem(command.PARTS, "natural", lambda: part)
    monkeypatch.setitem(command.PARTS, "grid", lambda: part | {"numbers": 12})
    for argument in ("natural", "grid", "natural"):
        monkeypatch.setattr(sys, "argv", ["ink", argument, "--to", str(tmp_path)])
        command.main()
    figures = json.loads((tmp_path / "ink.json").read_text())
    assert figures["natural"]["numbers"] == 10
    assert figures["grid"]["machine"]["command"].startswith("python -m bench.ink grid")
    assert "| grid layout | 12 | 0.1 | 1.0 | 50.00 % | 25.00 % |" in (tmp_path / "ink.md").read_text()


def test_unknown_part_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["ink", "swiftness"])
    with pytest.raises(SystemExit):
        command.main()
    assert "unknown part 'swiftness'; available: faithfulness, speed, natural, grid" in capsys.readouterr().err
