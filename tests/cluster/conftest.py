"""Environments that the tests of clusters and of object storage share."""

from pathlib import Path

import pytest

from tests.cluster.storage import PACKAGES
from tests.environments import python_with


@pytest.fixture(scope="session")
def moto_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with a server of object storage."""
    return python_with("moto", tmp_path_factory.mktemp("moto"), PACKAGES)
