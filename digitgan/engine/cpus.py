"""How many processors this process may use, by its affinity mask and the quota of its control groups."""

import os
from collections.abc import Iterator
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def available_cpus() -> int:
    """Return the number of whole processors that this process may use, at least 1."""
    limit = quota_cpus()
    return affine_cpus() if limit is None else max(1, min(affine_cpus(), int(limit)))


def affine_cpus() -> int:
    """Return the number of processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quota_cpus() -> float | None:
    """Return how many processors' time the control groups grant this process, or None if they set no limit.

    Each group up to the root may have a limit; the lowest counts. In a container, the root may be the container's own
    group while the membership names the host's, so missing folders are skipped.

    Source: Linux kernel documentation, cgroup v2 ``cpu.max`` and v1 ``cpu.cfs_quota_us`` / ``cpu.cfs_period_us``.
    """
    return min((limit for folder in _folders() for limit in _limits(folder)), default=None)


def _folders() -> Iterator[Path]:
    """Yield the folders of this process's groups, of either version, each up to its root."""
    try:
        lines = _MEMBERSHIP.read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = _MOUNT / "cpu" if controllers else _MOUNT
        own = Path(path.strip("/"))
        yield from (root / group for group in (own, *own.parents))


def _limits(folder: Path) -> Iterator[float]:
    """Yield a group's limit in processors, if it has one."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text()
        except OSError:
            return
    if quota not in ("max", "-1"):
        yield int(quota) / int(period)
