"""The program name that the user typed, for usage lines, hints and records."""

import sys
from pathlib import Path

COMMAND = "digitgan"  # as installed
COMPLETION_VARIABLE = "_DIGITGAN_COMPLETE"  # the scripts of `digitgan completion` set it


def program() -> str:
    """Return ``python -m digitgan`` if the package was started so, or else the installed command."""
    is_module = Path(sys.argv[0]).parts[-2:] == (COMMAND, "__main__.py")
    return f"python -m {COMMAND}" if is_module else COMMAND
