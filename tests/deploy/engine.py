"""Whether a Docker engine is available, and commands that need it."""

import os
import shutil
import subprocess

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


def run(*command: str, **environment: str) -> str:
    """Run an operator's command in the checkout, and return its output."""
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def inspect(thing: str, template: str) -> str:
    """Return a property of a container or an image."""
    return run("docker", "inspect", "--format", template, thing).strip()
