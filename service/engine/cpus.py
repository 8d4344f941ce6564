"""Knows how many processors this process may use: the affinity mask and the control group's quota, not the host's.

Does not know what they are used for.
"""

import os
from pathlib import Path

_CGROUP_V2_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_CGROUP_V1 = Path("/sys/fs/cgroup/cpu")


def available_cpus() -> int:
    """Return the whole processors that this process may use, at least 1.

    Source: Linux kernel documentation, cgroup v2 ``cpu.max`` and v1 ``cpu.cfs_quota_us`` / ``cpu.cfs_period_us``.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    return affinity if quota is None else max(1, min(affinity, int(quota)))


def _quota() -> float | None:
    """Return the control group's limit in processors, None where there is none."""
    try:
        quota, period = _CGROUP_V2_QUOTA.read_text().split()
    except (OSError, ValueError):
        try:
            quota = (_CGROUP_V1 / "cpu.cfs_quota_us").read_text()
            period = (_CGROUP_V1 / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    return None if quota.strip() in ("max", "-1") else int(quota) / int(period)
