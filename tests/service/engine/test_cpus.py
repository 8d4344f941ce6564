"""Knows what control groups write about processors. Does not know this machine's."""

import os
from pathlib import Path

import pytest

from service.engine import cpus
from service.engine.cpus import available_cpus


@pytest.fixture(autouse=True)
def _eight_processors_and_no_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(cpus, "_CGROUP_V2_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(cpus, "_CGROUP_V1", tmp_path)


def test_without_a_group_the_affinity_mask_decides() -> None:
    assert available_cpus() == 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("250000 100000\n", 2),
        ("50000 100000\n", 1),
        ("9900000 100000\n", 8),
        ("", 8),
    ],
)
def test_the_quota_of_version_2_is_kept(tmp_path: Path, text: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert available_cpus() == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1\n", 8), ("300000\n", 3), ("10000\n", 1)])
def test_the_quota_of_version_1_is_kept(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu.cfs_period_us").write_text("100000\n")
    assert available_cpus() == expected
