"""A separate environment for tests whose packages must not be in the common one.

The checkout is not installed there, so programs must start in `ROOT` or get it in their module path.
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.processes import ROOT


def python_with(extra: str, folder: Path, packages: Sequence[str] = ()) -> Path:
    """Return the interpreter of an environment with the requirements of one of this package's extras.

    Args:
        extra: name of the extra. A variable such as ``RAY_VENV`` names a folder in which its environment is kept.
        folder: where to make the environment without such a variable; this takes a package index and some minutes.
        packages: what to install instead, for a program that does not use this package.

    Raises:
        subprocess.CalledProcessError: a step failed; its output is on stderr.
    """
    folder = Path(os.environ.get(f"{extra.upper()}_VENV") or folder)
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *(packages or _wanted(extra))], check=True)
        stamp.touch()
    return python


def _wanted(extra: str) -> list[str]:
    """Return what pip installs: as in an image with this extra, if there is one."""
    requirements = ROOT / "requirements"
    if (pins := requirements / f"extra-{extra}.txt").exists():
        return ["--require-hashes", "-r", str(requirements / "service.txt"), "-r", str(pins)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"].get(extra, [extra])]
