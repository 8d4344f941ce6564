"""The scripts in `deploy/` say what they lack, so that a first try without it ends with what to do."""

import shutil
import subprocess
from pathlib import Path

from tests.processes import ROOT


def complaint(script: str, programs: Path) -> str:
    """Run a script that must fail with the programs of one folder only, and return what it says."""
    command = ["/bin/bash", str(ROOT / "deploy" / script)]
    ended = subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    return ended.stderr


def test_smoke_test_asks_for_an_address(tmp_path: Path) -> None:
    assert complaint("smoke.sh", tmp_path).endswith("usage: deploy/smoke.sh http://localhost:8080\n")


def test_roll_names_the_missing_compose_plugin(tmp_path: Path) -> None:
    dirname = shutil.which("dirname")
    assert dirname is not None
    (tmp_path / "dirname").symlink_to(dirname)
    needed = "this needs Docker and its compose plugin, version 2.24 or newer"
    assert complaint("roll.sh", tmp_path) == f"roll.sh: {needed}: `docker compose version` fails\n"
