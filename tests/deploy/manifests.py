"""Render the manifests with the program that applies them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBECTL = shutil.which("kubectl")

# Not required even if `CI` is set: Debian 12 has no package that is new enough.
needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="needs kubectl 1.27 or newer, for kubectl kustomize")

Manifest = dict[str, Any]


@cache
def rendered(folder: str) -> dict[str, Manifest]:
    """Return the objects of a folder of `deploy/` by kind; there is one of each."""
    assert KUBECTL is not None
    written = subprocess.run([KUBECTL, "kustomize", DEPLOY / folder], capture_output=True, text=True, check=True).stdout
    objects = list(yaml.safe_load_all(written))
    by_kind = {each["kind"]: each for each in objects}
    assert len(by_kind) == len(objects)
    return by_kind
