"""The command that measures data sets."""

import json
import sys
from pathlib import Path

import pytest

from bench.datasets import __main__ as command


def test_parts_are_written_beside_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(command.PARTS, "memory", lambda: {"images": 5, "idle_mib": 99.0, "rows": {"images.npy": 3.0}})
    monkeypatch.setattr(sys, "argv", ["datasets", "memory", "--to", str(tmp_path)])
    command.main()
    assert json.loads((tmp_path / "datasets.json").read_text())["memory"]["rows"] == {"images.npy": 3.0}
    assert "| MiB above idle, most | 3.0 | at most 20 | met |" in (tmp_path / "datasets.md").read_text()
