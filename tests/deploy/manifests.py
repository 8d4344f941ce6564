"""Render the manifests with the program that applies them."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.programs import find, needs

DEPLOY = Path(__file__).parents[2] / "deploy"
needs_kubectl = needs("kubectl", shows="that the manifests are valid and fit the service")

Manifest = dict[str, Any]


@cache
def rendered(folder: str, program: str = "kubectl") -> dict[str, Manifest]:
    """Return the objects of a folder of `deploy/` by kind; there is one of each."""
    return objects_of(run(program, "kustomize", str(DEPLOY / folder)))


def run(program: str, *words: str, folder: Path = DEPLOY) -> str:
    """Return what kubectl or helm prints in a folder, which must not fail."""
    ended = subprocess.run([find(program) or program, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def objects_of(written: str) -> dict[str, Manifest]:
    """Return the objects in YAML by kind; there is one of each."""
    objects = [each for each in yaml.safe_load_all(written) if each]
    by_kind = {each["kind"]: each for each in objects}
    assert len(by_kind) == len(objects)
    return by_kind
