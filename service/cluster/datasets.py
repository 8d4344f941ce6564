"""Makes shards on the nodes of a Ray cluster with Ray Data, which makes a shard again if its node dies.

Ray is an extra of this package, and is loaded when it is first needed.
"""

import logging
import os
import re
import socket
import sys
from collections.abc import Generator
from contextlib import redirect_stdout
from functools import lru_cache
from typing import Any

from digitgan.contract.errors import CannotServe, EngineError, RunFailed
from digitgan.engine.engine import Engine
from service.app import create_engine
from service.requests.dataset import DatasetRequest
from service.settings import Settings
from service.shards import Shard, made_with, make

_CONNECT_TIMEOUT_S = 10.0
_GPU_PROVIDERS = ("cuda", "tensorrt")


def make_on_cluster(
    settings: Settings, shards: list[Shard], expected: dict[str, Any]
) -> Generator[tuple[Shard, bytes], None, None]:
    """Yield shards with their bytes, in the order in which they are ready.

    The cluster is the one that ``RAY_ADDRESS`` names, or else one that is started here for this call. A shard whose
    node dies is made on another node.

    Args:
        settings: the settings of the engine on each node; the models folder has the same path on all nodes.
        shards: the shards to make, at least one.
        expected: the result of `service.shards.made_with` here, which must be the same on each node.

    Raises:
        CannotServe: the cluster is unreachable, or a node would make different bytes; the text names it.
        RunFailed: a model run or Ray failed.
    """
    import ray.data

    threads = settings.threads or 1
    node_settings = settings.model_copy(update={"threads": threads, "models_dir": settings.models_dir.resolve()})
    address = os.environ.get("RAY_ADDRESS") or "local"  # Ray itself might find a cluster that has died
    _check_reachable(address)

    def make_row(row: dict[str, Any]) -> dict[str, Any]:
        try:
            return {
                **row,
                "content": _make_shard(node_settings, expected, shards[row["number"]].request),
                "refused": "",
            }
        except CannotServe as refusal:  # if raised, it would be buried in pages of Ray's own output
            return {**row, "content": b"", "refused": str(refusal)}

    with redirect_stdout(sys.stderr):  # where Ray reports dead nodes; stdout is for results only
        try:
            ray.init(address, log_to_driver=False, logging_level=logging.WARNING)
        except (RuntimeError, ValueError, ConnectionError) as error:
            raise CannotServe(f"Ray: {error}") from error
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = context.print_on_execution_start = False
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            rows = [{"number": number} for number in range(len(shards))]
            resources = {"num_cpus": threads, "num_gpus": int(settings.provider in _GPU_PROVIDERS)}
            for row in ray.data.from_items(rows, override_num_blocks=len(rows)).map(make_row, **resources).iter_rows():
                if row["refused"]:
                    raise CannotServe(row["refused"])
                yield shards[row["number"]], row["content"]
        except ray.exceptions.RayError as error:
            raise RunFailed(f"Ray: {error}") from error
        finally:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise CannotServe if nothing listens at the cluster's address; Ray would retry for a quarter of an hour."""
    if found := re.fullmatch(r"(?:ray://)?\[?([^/]+?)\]?:(\d+)", address):
        try:
            socket.create_connection((found[1], int(found[2])), _CONNECT_TIMEOUT_S).close()
        except (OSError, OverflowError) as error:
            raise CannotServe(f"RAY_ADDRESS = {address!r}: {error}") from None


def _make_shard(settings: Settings, expected: dict[str, Any], request: DatasetRequest) -> bytes:
    """Return the bytes of a shard; this is executed on a node of the cluster.

    Raises:
        CannotServe: this node would make different bytes.
        RunFailed: a model run failed.
    """
    node = socket.gethostname()
    try:
        engine, here = _engine(settings, request.model, request.version)
    except EngineError as error:
        raise CannotServe(f"node {node}: {error}") from None
    differing = [f"{key} is {here[key]!r}, not {expected[key]!r}" for key in expected if here.get(key) != expected[key]]
    if differing:
        raise CannotServe(f"node {node} would make different bytes: {', '.join(differing)}")
    return make(engine, request)


@lru_cache(maxsize=1)
def _engine(settings: Settings, model: str | None, version: str | None) -> tuple[Engine, dict[str, Any]]:
    """Return an engine, and what identifies its bytes; a process keeps both for its next task."""
    engine = create_engine(settings)
    return engine, made_with(engine, DatasetRequest(count=1, model=model, version=version))
