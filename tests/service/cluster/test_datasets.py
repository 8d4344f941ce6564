"""Knows what is promised on each node, and which clusters are not waited for.

That shards come from clusters, and outlive nodes, is tested where Ray is, in `tests/cluster`.
"""

import socket
from pathlib import Path

import pytest

from digitgan.contract.errors import CannotServe
from service.cluster.datasets import _made, _refuse_silent
from service.offline import engine_of
from service.requests.dataset import DatasetRequest
from service.settings import Settings
from service.shards import made_with, make
from tests.gateway import free_ports

SHARD = DatasetRequest(count=20, seed=40, model="digits", version="1")


def test_a_node_makes_the_bytes_that_are_made_here(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, threads=1)
    with engine_of(settings) as engine:
        expected, shard = made_with(engine, SHARD), make(engine, SHARD)
    assert _made(settings, expected, SHARD) == shard


def test_a_node_that_would_make_other_bytes_refuses(models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, threads=1)
    with engine_of(settings) as engine:
        expected = made_with(engine, SHARD)
    with pytest.raises(CannotServe, match=r"node .+ would make other bytes: sha256 is '[0-9a-f]+', not 'another'"):
        _made(settings, expected | {"sha256": "another"}, SHARD)


def test_a_node_without_the_model_says_so(models_dir: Path, tmp_path: Path) -> None:
    for folder, version in ((tmp_path, "1"), (models_dir, "999")):
        with pytest.raises(CannotServe, match="node "):
            _made(Settings(models_dir=folder), {}, SHARD.model_copy(update={"version": version}))


def test_an_address_where_nobody_listens_is_refused_at_once() -> None:
    [port] = free_ports(1)
    for address in (f"127.0.0.1:{port}", f"ray://127.0.0.1:{port}"):
        with pytest.raises(CannotServe, match=f"RAY_ADDRESS = '{address}': .*refused"):
            _refuse_silent(address)


def test_an_address_where_somebody_listens_is_tried_and_others_are_left_to_ray() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        _refuse_silent(f"127.0.0.1:{listening.getsockname()[1]}")
    for address in ("", "auto", "local", "nonsense"):
        _refuse_silent(address)
