"""Knows a Python that has Ray: half a gigabyte, which neither the service nor the other tests need.

Does not know what is run with it. PYTHON_WITH_RAY names the interpreter; without it, an environment is made once, under
``~/.cache/digitgan-ray``.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.processes import ROOT

FOLDER = Path.home() / ".cache" / "digitgan-ray"
_FOR_TESTS = ("httpx", "pytest")
_LOCKED = ROOT / "requirements" / "service.txt"


def python_with_ray() -> Path:
    """Return the interpreter.

    Raises:
        subprocess.CalledProcessError: a step of making the environment failed; its own words are on stderr.
    """
    if named := os.environ.get("PYTHON_WITH_RAY"):
        return Path(named)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = [*extras["ray"], *extras["parquet"], *_FOR_TESTS]
    python, stamp, made_from = FOLDER / "bin" / "python", FOLDER / ".installed", f"{_LOCKED.read_text()}{wanted}"
    if not stamp.exists() or stamp.read_text() != made_from:
        subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
        for packages in (["--require-hashes", "--requirement", str(_LOCKED)], wanted):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        stamp.write_text(made_from)
    return python
