"""What a node of a cluster checks before it makes a shard, and which clusters are refused at once.

`tests/cluster` tests real clusters with Ray, some of whose nodes die.
"""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from digitgan.contract.errors import CannotServe
from digitgan.dataset.cluster import _check_reachable, _make
from digitgan.dataset.shards import fingerprint, make, prepare_shard
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from tests.gateway import free_ports

SPEC = DatasetSpec(count=20, seed=40, model="digits", version="1")


def test_node_makes_the_same_bytes_as_this_machine(models_dir: Path) -> None:
    pytest.importorskip("pyarrow")
    settings = EngineSettings(models_dir=models_dir, threads=1)
    with open_engine(settings, SPEC.model, SPEC.version) as engine:
        expected, shard = fingerprint(engine, SPEC), make(engine, prepare_shard(engine, SPEC))
    assert _make(settings, expected, SPEC) == shard


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"sha256": "x"}, "sha256 is '[0-9a-f]+', not 'x'"), ({"processor": "x"}, "processor is None, not 'x'")],
)
def test_node_that_would_make_different_bytes_refuses(models_dir: Path, change: dict[str, str], reason: str) -> None:
    pytest.importorskip("pyarrow")
    settings = EngineSettings(models_dir=models_dir, threads=1)
    with open_engine(settings, SPEC.model, SPEC.version) as engine:
        expected = fingerprint(engine, SPEC)
    with pytest.raises(CannotServe, match=rf"node .+ would make different bytes: {reason}$"):
        _make(settings, expected | change, SPEC)


def test_node_without_the_model_refuses(models_dir: Path, tmp_path: Path) -> None:
    for folder, version in ((tmp_path, "1"), (models_dir, "999")):
        with pytest.raises(CannotServe, match="node "):
            _make(EngineSettings(models_dir=folder), {}, replace(SPEC, version=version))


def test_address_without_a_server_is_refused_at_once() -> None:
    [port] = free_ports(1)
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
        with pytest.raises(CannotServe, match=f"RAY_ADDRESS = '{address}': .*refused"):
            _check_reachable(address)


def test_other_addresses_are_left_to_ray() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        _check_reachable(f"127.0.0.1:{listening.getsockname()[1]}")
    for address in ("", "auto", "local", "nonsense"):
        _check_reachable(address)
