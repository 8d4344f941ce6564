"""Fixtures that the tests of every room share: the committed models, and an environment without settings."""

import logging
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx
import hypothesis
import pytest

from digitgan.engine.settings import PREFIX
from tests.cards import deploy_clothes
from tests.programs import fail_instead_of_skipping

EXPORTED = Path(__file__).parents[1] / "exported"

# How long a machine takes for an example says nothing about what is tested.
hypothesis.settings.register_profile(
    "patient",
    hypothesis.settings.get_profile(hypothesis.settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of tests that may run for any time, that take pictures, or that need what is released."""
    parser.addoption("--soak-minutes", type=float, default=10.0, help="how long the soak test loads a service")
    parser.addoption("--screenshots", metavar="FOLDER", help="take pictures of the page, as in docs/images")
    parser.addoption("--built", metavar="FOLDER", help="run tests/package on the sdist and the wheel in this folder")


def pytest_configure(config: pytest.Config) -> None:
    """Give each of the processes that run tests side by side one thread for NumPy's linear algebra.

    Its threads wait for each other in loops: measured, on cores that others use as well, ten times the processor time.
    """
    if config.getoption("numprocesses", default=None):
        os.environ.setdefault(
            "OPENBLAS_NUM_THREADS", "1"
        )  # read when NumPy is loaded, in a process that is yet to start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that is skipped for lack of something that CI must have."""
    return fail_instead_of_skipping((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that is skipped for lack of something that CI must have."""
    return fail_instead_of_skipping((yield))


@pytest.fixture(scope="session", autouse=True)
def _no_settings_in_the_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.setLevel(level)
    root.handlers[:] = handlers  # a command logs to a stderr that is closed with its test


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Return the folder of the models that are committed and served by default."""
    return EXPORTED


@pytest.fixture(scope="session")
def clothes_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the model `clothes`, whose classes have names."""
    folder = tmp_path_factory.mktemp("clothes")
    deploy_clothes(folder, EXPORTED)
    return folder


@pytest.fixture(scope="session")
def clothes(clothes_dir: Path) -> Iterator[httpx.Client]:
    """Yield a client of a service with the model `clothes`."""
    from service.app import create_app  # here, so that the core's tests do not load it
    from service.settings import Settings
    from tests.live import live

    with live(create_app(Settings(models_dir=clothes_dir, default_model="clothes", threads=1))) as client:
        yield client


@pytest.fixture(scope="session")
def service(models_dir: Path) -> Iterator[httpx.Client]:
    """Yield a client of the service over a real socket, with the committed models."""
    from service.app import create_app  # here, so that the core's tests do not load it
    from service.settings import Settings
    from tests.live import live

    with live(create_app(Settings(models_dir=models_dir, max_body_bytes=64 * 1024, threads=1))) as client:
        yield client
