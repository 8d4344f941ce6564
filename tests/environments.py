"""Knows how an environment of its own is made for a test whose packages cannot or should not be in everybody's.

Does not know what is run in it. The checkout is not installed there: what is run begins in `ROOT`, or is told of it.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.processes import ROOT


def python_with(extra: str, folder: Path, *more: str) -> Path:
    """Return the interpreter of an environment with what this package needs for an extra.

    Args:
        extra: the package's; the variable ``RAY_VENV`` names a folder for ``ray`` that is kept, and used again.
        folder: where it is made without such a variable, which takes a package index and some minutes.
        more: other extras and packages that are needed there.

    Raises:
        subprocess.CalledProcessError: a step failed; its own words are on stderr.
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
