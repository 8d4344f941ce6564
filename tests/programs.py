"""Programs that tests run, where they come from, and which tests may be skipped where `CI` is set."""

import os
import re
import shutil
from typing import TypeVar

import pytest

from tests.processes import ROOT

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

_PLACES = [
    ROOT / ".venv-kubernetes" / "bin",
    ROOT / ".venv-docs" / "bin",
    ROOT / ".venv-loaders" / "bin",
    ROOT / "node_modules" / ".bin",
    ROOT / "build" / "lighthouse" / "node_modules" / ".bin",
]
PATH = os.pathsep.join([*map(str, _PLACES), os.environ["PATH"], "/usr/sbin"])

# How to get each program. `.ci/run` does so for all that its tests run.
SOURCES = {
    "caddy": "apt install caddy",
    "chromium": "apt install chromium",
    "curl": "apt install curl",
    "dnsmasq": "apt install dnsmasq-base",
    "firefox": "apt install firefox-esr",
    "fish": "apt install fish",
    "gcc": "apt install gcc libc6-dev",
    "go": "apt install golang-go",
    "haproxy": "apt install haproxy",
    "helm": "make kubernetes",
    "helm-oldest": "make kubernetes",
    "ip": "apt install iproute2",
    "java": "apt install default-jdk-headless",
    "kubectl": "make kubernetes",
    "kubectl-oldest": "make kubernetes",
    "lighthouse": "npm install --prefix build/lighthouse lighthouse",
    "mkdocs": "make docs",
    "mlcroissant": "make test-loaders",
    "nginx": "apt install nginx-light",
    "node": "apt install nodejs",
    "npm": "apt install npm",
    "openssl": "apt install openssl",
    "prometheus": "apt install prometheus",
    "promtool": "apt install prometheus",
    "tcsh": "apt install tcsh",
    "tsc": "npm ci",
    "valgrind": "apt install valgrind",
    "wget": "apt install wget",
    "zsh": "apt install zsh",
}
_OTHER_NAMES = {"chromium": "google-chrome", "firefox": "firefox-esr"}

# What CI cannot install: hardware, memory, data, and what an option asks for.
_MAY_BE_SKIPPED = re.compile(
    "MNIST_DIR names no folder|needs all of MNIST"
    "|torch sees no CUDA device|this onnxruntime has |GiB of free memory"
    "|--screenshots FOLDER takes them|the machine is too busy|the machine has another Python"
)


def find(program: str) -> str | None:
    """Return the path of a program, or None if it is missing."""
    return shutil.which(program, path=PATH) or shutil.which(_OTHER_NAMES.get(program, program), path=PATH)


def needs(program: str, *, shows: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test if a program is missing.

    Args:
        program: name of the program, one of those above.
        shows: what the test shows, which then is not shown.
    """
    return pytest.mark.skipif(find(program) is None, reason=_reason(program, shows))


def skip_without(program: str, *, shows: str) -> str:
    """Return the path of a program; if it is missing, skip the test, as `needs` does."""
    return find(program) or pytest.skip(_reason(program, shows))


def _reason(program: str, shows: str) -> str:
    return f"needs {program} ({SOURCES[program]}); not shown: {shows}"


def fail_instead_of_skipping(report: Report) -> Report:
    """Return the report of a test or a module, which in CI has failed if it was skipped for what CI must have."""
    if report.skipped and os.environ.get("CI") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if not _MAY_BE_SKIPPED.search(reason):
            report.outcome = "failed"
            report.longrepr = f"{reason}; in CI, a test must not be skipped"
    return report
