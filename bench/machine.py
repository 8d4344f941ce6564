"""The machine of a measurement; and from ``/proc`` the processor time and memory of a session's processes."""

import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds of processor time so far: of a session's processes, of this process and its ended children, of all."""

    session_s: float
    own_s: float
    all_s: float

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.session_s - other.session_s, self.own_s - other.own_s, self.all_s - other.all_s)

    @property
    def foreign_s(self) -> float:
        """Seconds of processes that do not belong to the measurement."""
        return max(0.0, self.all_s - self.session_s - self.own_s)


def described(module: str, *libraries: str) -> dict[str, Any]:
    """Return what a reader must know about a measurement: machine, versions of libraries, date and command.

    Args:
        module: the module that measures, as ``python -m`` names it.
        libraries: distributions whose versions matter.
    """
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": cpus[0].partition(":")[2].strip() if cpus else platform.processor(),
        "processors": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries},
        "measured": datetime.now(UTC).date().isoformat(),
        "command": " ".join([f"python -m {module}", *sys.argv[1:]]),
    }


def spent(session: int) -> Spent:
    """Return the processor time up to now."""
    # user, nice, system, idle, iowait, irq, softirq, steal
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    own = os.times()
    return Spent(
        sum(_cpu_s(pid) for pid in members(session)),
        own.user + own.system + own.children_user + own.children_system,
        (sum(fields) - fields[3] - fields[4]) / _TICKS_PER_S,
    )


def members(session: int) -> list[int]:
    """Return the processes of a session."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if _stat(pid)[3:4] == [str(session)]]


def pss_mib(session: int) -> float:
    """Return the memory of a session's processes in MiB; memory that several share counts once."""
    kib = 0
    for pid in members(session):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # it has ended meanwhile
            continue
        kib += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kib / 1024


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICKS_PER_S if fields else 0.0  # including its ended children


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; none if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
