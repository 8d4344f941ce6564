"""Programs that clients need, and where they come from."""

import os
import shutil

import pytest

PATH = f"{os.environ['PATH']}:/usr/sbin"
# The Debian package of each program; .ci/run installs them all.
_PACKAGES = {
    "caddy": "caddy",
    "curl": "curl",
    "go": "golang-go",
    "java": "default-jdk-headless",
    "nginx": "nginx-light",
    "node": "nodejs",
}


def is_missing(program: str) -> bool:
    """Return whether a program is not at hand."""
    return shutil.which(program, path=PATH) is None


def needs(program: str) -> pytest.MarkDecorator:
    """Return the mark that skips a test without a program; in CI it fails instead."""
    is_skipped = is_missing(program) and "CI" not in os.environ
    return pytest.mark.skipif(is_skipped, reason=f"needs {program}, in Debian's package {_PACKAGES[program]}")
