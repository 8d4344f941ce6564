"""Knows what one server process costs while nothing is asked, and how it ends. Does not know answers.

The bounds have slack for a busy machine; docs/benchmarks/performance.md has the figures of a quiet one.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from tests.processes import ROOT, Service, serving

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the seconds that a process has spent on processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def pss_kib(service: Service) -> int:
    """Return the memory that is a server's own, with its share of what others use too."""
    rollup = Path(f"/proc/{service.process.pid}/smaps_rollup").read_text().splitlines()
    [kib] = [int(line.split()[1]) for line in rollup if line.startswith("Pss:")]
    return kib


@pytest.fixture(scope="module")
def alone() -> Iterator[Service]:
    with serving() as service:
        yield service


def test_starting_costs_little_more_than_the_libraries_that_it_needs(alone: Service) -> None:
    libraries = "import fastapi, numpy, onnxruntime, os, uvicorn, pydantic_settings; print(sum(os.times()[:2]))"
    bare_s = float(subprocess.run([sys.executable, "-c", libraries], capture_output=True, check=True, cwd=ROOT).stdout)
    assert cpu_s(alone.process.pid) < 2 * bare_s + 0.5


def test_an_idle_server_leaves_the_processor_alone(alone: Service) -> None:
    sleep(0.5)  # what starting left over
    before = cpu_s(alone.process.pid)
    sleep(2)
    assert cpu_s(alone.process.pid) - before <= 0.04  # of 2 s; a quiet machine shows under 1 %


def test_two_models_take_little_memory_and_each_more_a_little_more(
    alone: Service, models_dir: Path, tmp_path: Path
) -> None:
    for model in ("digits", "mlp"):
        (tmp_path / model).symlink_to(models_dir / model)
    with serving("--models-dir", str(tmp_path)) as two:
        two_kib = pss_kib(two)
    assert two_kib < 115 * 1024
    n_more = len(list(models_dir.iterdir())) - 2
    assert pss_kib(alone) - two_kib < n_more * 30 * 1024


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_in_order(number: signal.Signals, status: int) -> None:
    with serving() as service:
        assert service.end(number) == status
    assert "Traceback" not in service.log
