"""What a node of a cluster checks before it makes a shard, and which clusters are refused at once.

`tests/cluster` tests real clusters with Ray, some of whose nodes die.
"""

import re
import socket
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from digitgan.contract.errors import CannotServe, RunFailed
from digitgan.dataset.cluster import _check_reachable, _lack, _make, _noting_waits, _write
from digitgan.dataset.shards import Shard, fingerprint, make_shard, prepare_shard
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from tests.gateway import free_ports
from tests.processes import PATIENCE_S

SPEC = DatasetSpec(count=20, seed=40, model="digits", version="1")


@pytest.mark.parametrize("fields", [{}, {"verified": True, "difficulty": 2}])
def test_node_makes_the_same_bytes_as_this_machine(models_dir: Path, fields: dict[str, Any]) -> None:
    settings, spec = EngineSettings(models_dir=models_dir, threads=1), SPEC.model_copy(update=fields)
    with open_engine(settings, spec.model, spec.version) as engine:
        expected, shard = fingerprint(engine, spec), Shard("one", spec)
        made = make_shard(engine, shard, prepare_shard(engine, spec))
    assert _make(settings, expected, shard) == made
    assert (made.tally is None) == (not fields)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"sha256": "x"}, "sha256 is '[0-9a-f]+', not 'x'"), ({"processor": "x"}, "processor is None, not 'x'")],
)
def test_node_that_would_make_different_bytes_refuses(models_dir: Path, change: dict[str, str], reason: str) -> None:
    settings = EngineSettings(models_dir=models_dir, threads=1)
    with open_engine(settings, SPEC.model, SPEC.version) as engine:
        expected = fingerprint(engine, SPEC)
    with pytest.raises(CannotServe, match=rf"node .+ would make different bytes: {reason}$"):
        _make(settings, expected | change, Shard("one", SPEC))


def test_node_without_the_model_refuses(models_dir: Path, tmp_path: Path) -> None:
    for folder, version in ((tmp_path, "1"), (models_dir, "999")):
        with pytest.raises(CannotServe, match="node "):
            _make(EngineSettings(models_dir=folder), {}, Shard("one", SPEC.model_copy(update={"version": version})))


def test_node_that_cannot_write_to_object_storage_says_so_without_secrets() -> None:
    pytest.importorskip("pyarrow")
    [port] = free_ports(1)
    address = f"s3://key:secret@bucket/many?endpoint_override=127.0.0.1:{port}&scheme=http&region=x"
    with pytest.raises(RunFailed, match=r"^node \S+: s3://bucket/many/one: no answer: ") as failed:
        _write(address, "one", b"1")
    assert "secret" not in str(failed.value)


def test_address_without_a_server_is_refused_at_once() -> None:
    [port] = free_ports(1)
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
        with pytest.raises(CannotServe, match=f"RAY_ADDRESS = '{address}': .*refused"):
            _check_reachable(address)


@pytest.mark.parametrize(
    ("needed", "nodes", "lacking"),
    [
        ({"GPU": 1}, [{"GPU": 2.0}], "each file needs 1 GPU, and there is room; Ray is starting or at work"),
        ({"CPU": 1, "GPU": 0}, [{"memory": 9.0}], "each file needs 1 processor, which no node of the cluster has"),
        ({"CPU": 4}, [{"CPU": 2.0}, {"CPU": 2.0}], "each file needs 4 processors, which no node of the cluster has"),
        (
            {"CPU": 1},
            [{"CPU": 2.0}, {"CPU": 1.0}],
            "each file needs 1 processor; 2.5 of 3 processors are in use, ",
        ),
        (
            {"CPU": 2, "GPU": 1},
            [{"CPU": 2.0, "GPU": 1.0}],
            "each file needs 2 processors and 1 GPU; 1.5 of 2 processors and 0 of 1 GPU are in use, ",
        ),
    ],
)
def test_what_a_cluster_lacks_is_told(needed: dict[str, int], nodes: list[dict[str, float]], lacking: str) -> None:
    assert _lack(needed, nodes, {"CPU": 0.5, "GPU": 1.0}).removesuffix("by this command or others") == lacking


def test_waits_are_told_ever_more_rarely_and_anew_after_progress() -> None:
    first_s, told, is_told = 0.3, list[float](), threading.Event()

    def on_wait(message: str) -> None:
        assert re.fullmatch(r"waited \d+ s: a node", message)
        told.append(monotonic())
        is_told.set()

    def wait_for(n: int) -> None:
        while len(told) < n:
            assert is_told.wait(PATIENCE_S)
            is_told.clear()

    started = monotonic()
    with _noting_waits(lambda: "a node", on_wait, first_s) as note_progress:
        wait_for(3)
        progress = monotonic()
        note_progress()
        wait_for(4)
    assert all(at - started > n * first_s for at, n in zip(told, (1, 3, 7), strict=False))
    assert first_s < told[3] - progress < 8 * first_s, "without progress, the fourth would come later"


def test_other_addresses_are_left_to_ray() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        _check_reachable(f"127.0.0.1:{listening.getsockname()[1]}")
    for address in ("", "auto", "local", "nonsense"):
        _check_reachable(address)
