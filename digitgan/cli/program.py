"""The program name that the user typed, for usage lines, hints and records."""

import sys
from pathlib import Path

COMMAND = "digitgan"  # as installed
COMPLETION_VARIABLE = "_DIGITGAN_COMPLETE"  # the scripts of `digitgan completion` set it


def program() -> str:
    """Return ``python -m`` with the package that was started so, or the installed command."""
    started = Path(sys.argv[0])
    return f"python -m {started.parent.name}" if _is_ours(started) else COMMAND


def _is_ours(started: Path) -> bool:
    return started.name == "__main__.py" and started.parent.name in ("digitgan", "service", "training")
