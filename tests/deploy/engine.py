"""Whether a Docker engine is available, and commands that need it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT


def has_engine() -> bool:
    """Return whether a Docker engine and the plugin compose are available."""
    if shutil.which("docker") is None:
        return False
    asked = [["docker", "info"], ["docker", "compose", "version"]]
    return all(subprocess.run(each, capture_output=True, check=False).returncode == 0 for each in asked)


NEEDS_ENGINE = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    # If `CI` is set, a missing engine is a failure.
    pytest.mark.skipif(
        not os.environ.get("CI") and not has_engine(),
        reason="needs a Docker engine with compose; see tests/deploy/engine.sh",
    ),
]


def run(*command: str, folder: Path = ROOT, **environment: str) -> str:
    """Run an operator's command, by default in the checkout, and return its output."""
    ended = attempt(*command, folder=folder, **environment)
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def attempt(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that may fail, and return how it ended."""
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def inspect(thing: str, template: str) -> str:
    """Return a property of a container or an image."""
    return run("docker", "inspect", "--format", template, thing).strip()
