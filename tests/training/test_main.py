"""What `python -m training` says where it cannot start."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_missing_package_is_named_with_what_installs_it() -> None:
    program = "import runpy, sys; sys.modules['torch'] = None; runpy.run_module('training', run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == "error: python -m training needs torch: pip install 'digitgan[training]'\n"
