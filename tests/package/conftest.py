"""What `make packages` has built, and environments with it. Without --built, nothing here is a test."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.package import environments
from tests.package.environments import Environment
from tests.processes import ROOT


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Ignore the modules of this folder if there is nothing to test."""
    return None if config.getoption("--built") else True


def _built(config: pytest.Config, pattern: str) -> Path:
    [path] = Path(config.getoption("--built")).resolve().glob(pattern)
    return path


@pytest.fixture(scope="session")
def wheel(pytestconfig: pytest.Config) -> Path:
    """Return the wheel."""
    return _built(pytestconfig, "digitgan-*.whl")


@pytest.fixture(scope="session")
def sdist(pytestconfig: pytest.Config) -> Path:
    """Return the source distribution."""
    return _built(pytestconfig, "digitgan-*.tar.gz")


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the picture of 2026 in the hand of seed 7 that the checkout writes."""
    target = tmp_path_factory.mktemp("expected") / "2026.png"
    command = [sys.executable, "-m", "digitgan", "write", "2026", "--seed", "7", "-o", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=environments.TIMEOUT_S)
    return target.read_bytes()


@pytest.fixture(scope="session")
def stranger(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """Yield an environment with the pinned requirements and the wheel; its commands change neither it nor their home.

    So they work where both are read-only.
    """
    environment = environments.create(tmp_path_factory.mktemp("stranger"), has_pip=False)
    environments.pip(environment, "install", "--require-hashes", "-r", ROOT / "requirements" / "service.txt")
    environments.install(environment, wheel)
    installed = environment.files()
    yield environment
    assert environment.files() == installed
    assert not list(environment.home.iterdir())


@pytest.fixture(scope="session")
def without_runtime(wheel: Path, stranger: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with pip and the wheel, and with what the wheel requires without any extra."""
    environment = environments.create(tmp_path_factory.mktemp("without runtime"), has_pip=True)
    environments.install(environment, wheel)
    environments.borrow(environment, [], stranger.site)
    return environment


@pytest.fixture(scope="session")
def trainer(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with the wheel, and with what its extras cpu and training require, taken from here."""
    environment = environments.create(tmp_path_factory.mktemp("trainer"), has_pip=False)
    environments.install(environment, wheel)
    [torch] = distributions(name="torch")
    environments.borrow(environment, ["cpu", "training"], Path(str(torch.locate_file(""))))
    return environment
