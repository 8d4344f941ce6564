import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from training.errors import RunRefused
from training.lock import locked

HOLDER = """
import sys, time
from pathlib import Path
from training.lock import locked
with locked(Path(sys.argv[1]), "--run"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_folder_is_held_by_one_process_until_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunRefused) as refused, locked(tmp_path, "--to"):
            pass
        assert str(refused.value).startswith(f"{tmp_path}: process {holder.pid} (")
        assert str(refused.value).endswith(
            ") is using this folder; wait until it ends, or name another folder with --to"
        )
        holder.kill()
    with locked(tmp_path, "--to"):
        assert f"process {os.getpid()} (" in (tmp_path / "lock").read_text()
    with locked(tmp_path, "--to"):
        pass
