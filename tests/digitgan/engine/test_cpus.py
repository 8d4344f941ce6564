"""The number of processors, from simulated control groups instead of this machine's."""

import os
from pathlib import Path

import pytest

from digitgan.engine import cpus
from digitgan.engine.cpus import available_cpus, quota_cpus


@pytest.fixture(autouse=True)
def _eight_processors_and_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(cpus, "_MOUNT", tmp_path)
    monkeypatch.setattr(cpus, "_MEMBERSHIP", tmp_path / "membership")
    (tmp_path / "membership").write_text("0::/\n")


def grant(folder: Path, **files: str) -> None:
    """Write a group's files as the kernel does."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text + "\n")


def test_affinity_mask_decides_when_there_is_no_limit() -> None:
    assert available_cpus() == 8
    assert quota_cpus() is None


def test_affinity_mask_decides_when_there_are_no_control_groups(tmp_path: Path) -> None:
    (tmp_path / "membership").unlink()
    assert available_cpus() == 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("250000 100000", 2),
        ("50000 100000", 1),
        ("9900000 100000", 8),
        ("", 8),
    ],
)
def test_quota_of_version_2_is_respected(tmp_path: Path, text: str, expected: int) -> None:
    grant(tmp_path, cpu_max=text)
    assert available_cpus() == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1", 8), ("300000", 3), ("10000", 1)])
@pytest.mark.parametrize("controllers", ["cpu", "cpu,cpuacct", "cpuacct,cpu"])
def test_quota_of_version_1_is_respected(tmp_path: Path, quota: str, expected: int, controllers: str) -> None:
    (tmp_path / "membership").write_text(f"5:cpuset:/\n4:{controllers}:/\n0::/\n")
    grant(tmp_path / "cpu", cpu_cfs_quota_us=quota, cpu_cfs_period_us="100000")
    assert available_cpus() == expected


@pytest.mark.parametrize(("outer", "inner"), [("300000 100000", "max 100000"), ("300000 100000", "600000 100000")])
def test_lowest_limit_up_to_the_root_counts(tmp_path: Path, outer: str, inner: str) -> None:
    (tmp_path / "membership").write_text("0::/system.slice/digitgan.service\n")
    grant(tmp_path / "system.slice", cpu_max=outer)
    grant(tmp_path / "system.slice" / "digitgan.service", cpu_max=inner)
    assert quota_cpus() == 3


def test_container_has_its_roots_quota_when_only_the_host_knows_its_group(tmp_path: Path) -> None:
    (tmp_path / "membership").write_text("4:cpu,cpuacct:/docker/4f\n")
    grant(tmp_path / "cpu", cpu_cfs_quota_us="150000", cpu_cfs_period_us="100000")
    assert quota_cpus() == 1.5


def test_group_of_another_controller_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "membership").write_text("4:cpuset:/little\n")
    grant(tmp_path / "cpu" / "little", cpu_cfs_quota_us="100000", cpu_cfs_period_us="100000")
    assert quota_cpus() is None
