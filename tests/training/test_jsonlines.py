from pathlib import Path

import pytest

from tests.disks import full_disk
from training import jsonlines


def test_append_ends_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.jsonl"
    jsonlines.append(path, {"seed": 1})
    path.write_bytes(path.read_bytes() + b'{"se')  # the process was killed here
    jsonlines.append(path, {"seed": 2})
    assert path.read_bytes() == b'{"seed": 1}\n{"se\n{"seed": 2}\n'


def test_append_on_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    jsonlines.append(path, {"seed": 1})
    before = path.read_bytes()
    with full_disk(len(before) + 5), pytest.raises(OSError, match="File too large") as refused:
        jsonlines.append(path, {"seed": 2})
    assert refused.value.filename == str(path)
    assert path.read_bytes() == before
