"""Programs that clients need, and where they come from."""

import os
import shutil

import pytest

PATH = f"{os.environ['PATH']}:/usr/sbin"
# The Debian package of each program, and whether .ci/run installs it.
_PACKAGES = {
    "caddy": ("caddy", True),
    "curl": ("curl", True),
    "go": ("golang-go", False),
    "java": ("default-jdk-headless", False),
    "nginx": ("nginx-light", True),
    "node": ("nodejs", True),
}


def is_missing(program: str) -> bool:
    """Return whether a program is not at hand."""
    return shutil.which(program, path=PATH) is None


def needs(program: str) -> pytest.MarkDecorator:
    """Return the mark that skips a test without a program; CI fails instead where it installs the program."""
    package, is_installed_by_ci = _PACKAGES[program]
    is_skipped = is_missing(program) and not (os.environ.get("CI") and is_installed_by_ci)
    return pytest.mark.skipif(is_skipped, reason=f"needs {program}, in Debian's package {package}")
