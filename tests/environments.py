"""Virtual environments for tests whose packages cannot or should not be in the usual test environment.

The checkout is not installed there, so programs must start in `ROOT` or have it in ``PYTHONPATH``.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.processes import ROOT


def python_with(extra: str, folder: Path, *more: str) -> Path:
    """Return the interpreter of an environment with the packages of an extra of this project.

    Args:
        extra: its name. For ``ray``, the variable ``RAY_VENV`` may name a folder that is kept and used again.
        folder: where the environment is made without that variable, which needs a package index and some minutes.
        more: other extras and packages to install.

    Raises:
        subprocess.CalledProcessError: a step failed; its message is on stderr.
    """
    folder = Path(os.environ.get(f"{extra.upper()}_VENV") or folder)
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists():
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        extras = project["optional-dependencies"]
        wanted = [each for name in (extra, *more) for each in extras.get(name, [name])]
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *project["dependencies"], *wanted], check=True)
        stamp.touch()
    return python
