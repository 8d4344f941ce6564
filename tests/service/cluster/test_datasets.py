"""What each node makes, and which clusters are refused; `tests/cluster` tests real clusters."""

import socket
from pathlib import Path

import pytest

from digitgan.contract.errors import CannotServe
from service.cluster.datasets import _check_reachable, _make_shard
from service.offline import engine_of
from service.requests.dataset import DatasetRequest
from service.settings import Settings
from service.shards import made_with, make
from tests.gateway import free_ports

SHARD = DatasetRequest(count=20, seed=40, model="digits", version="1")


def test_node_makes_the_same_bytes_as_this_process(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, threads=1)
    with engine_of(settings) as engine:
        expected, shard = made_with(engine, SHARD), make(engine, SHARD)
    assert _make_shard(settings, expected, SHARD) == shard


def test_node_that_would_make_different_bytes_refuses(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, threads=1)
    with engine_of(settings) as engine:
        expected = made_with(engine, SHARD)
    with pytest.raises(CannotServe, match=r"node .+ would make different bytes: sha256 is '[0-9a-f]+', not 'another'"):
        _make_shard(settings, expected | {"sha256": "another"}, SHARD)


def test_node_without_the_model_is_named(models_dir: Path, tmp_path: Path) -> None:
    for folder, version in ((tmp_path, "1"), (models_dir, "999")):
        with pytest.raises(CannotServe, match="node "):
            _make_shard(Settings(models_dir=folder), {}, SHARD.model_copy(update={"version": version}))


def test_address_without_a_listener_is_refused_at_once() -> None:
    [port] = free_ports(1)
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
        with pytest.raises(CannotServe, match=f"RAY_ADDRESS = '{address}': .*refused"):
            _check_reachable(address)


def test_reachable_and_other_addresses_are_left_to_ray() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        _check_reachable(f"127.0.0.1:{listening.getsockname()[1]}")
    for address in ("", "auto", "local", "nonsense"):
        _check_reachable(address)
