"""Knows how shards are made on the nodes of a Ray cluster, by Ray Data: it says where, and where again after a death.

Does not know where shards are kept. Ray is an extra of this package, and loaded when first asked for.
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

_PATIENCE_S = 10.0
_ON_GPUS = ("cuda", "tensorrt")


def made_on_cluster(
    settings: Settings, shards: list[Shard], expected: dict[str, Any]
) -> Generator[tuple[Shard, bytes], None, None]:
    """Yield shards with their bytes, in the order in which they are ready.

    The cluster is the one that ``RAY_ADDRESS`` names, or else one that is started here for the while. A shard
    whose node dies is made on another one.

    Args:
        settings: of the engine on each node; the folder of models is at the same place on all of them.
        shards: at least one.
        expected: what `service.shards.made_with` tells here, and must tell on each node.

    Raises:
        CannotServe: there is no such cluster, or a node would make other bytes; it is named.
        RunFailed: a model run failed, or Ray did.
    """
    import ray.data

    threads = settings.threads or 1
    there = settings.model_copy(update={"threads": threads, "models_dir": settings.models_dir.resolve()})
    address = os.environ.get("RAY_ADDRESS") or "local"  # Ray would look for one itself, and find one that has died
    _refuse_silent(address)

    def made(row: dict[str, Any]) -> dict[str, Any]:
        try:
            return {**row, "content": _made(there, expected, shards[row["number"]].request), "refused": ""}
        except CannotServe as refusal:  # raised, it would come with pages of Ray's own words
            return {**row, "content": b"", "refused": str(refusal)}

    with redirect_stdout(sys.stderr):  # where Ray tells of nodes that die; results alone go to stdout
        try:
            ray.init(address, log_to_driver=False, logging_level=logging.WARNING)
        except (RuntimeError, ValueError, ConnectionError) as error:
            raise CannotServe(f"Ray: {error}") from error
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = context.print_on_execution_start = False
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            rows = [{"number": number} for number in range(len(shards))]
            wanted = {"num_cpus": threads, "num_gpus": int(settings.provider in _ON_GPUS)}
            for row in ray.data.from_items(rows, override_num_blocks=len(rows)).map(made, **wanted).iter_rows():
                if row["refused"]:
                    raise CannotServe(row["refused"])
                yield shards[row["number"]], row["content"]
        except ray.exceptions.RayError as error:
            raise RunFailed(f"Ray: {error}") from error
        finally:
            ray.shutdown()


def _refuse_silent(address: str) -> None:
    """Do nothing if something listens where the cluster should be; Ray would try for a quarter of an hour.

    Raises:
        CannotServe: nothing does.
    """
    if found := re.fullmatch(r"(?:ray://)?\[?([^/]+?)\]?:(\d+)", address):
        try:
            socket.create_connection((found[1], int(found[2])), _PATIENCE_S).close()
        except (OSError, OverflowError) as error:
            raise CannotServe(f"RAY_ADDRESS = {address!r}: {error}") from None


def _made(settings: Settings, expected: dict[str, Any], request: DatasetRequest) -> bytes:
    """Return a shard's bytes; this runs on some node.

    Raises:
        CannotServe: this node would make others than are expected.
        RunFailed: a model run failed.
    """
    node = socket.gethostname()
    try:
        engine, here = _engine(settings, request.model, request.version)
    except EngineError as error:
        raise CannotServe(f"node {node}: {error}") from None
    other = [f"{key} is {here[key]!r}, not {expected[key]!r}" for key in expected if here.get(key) != expected[key]]
    if other:
        raise CannotServe(f"node {node} would make other bytes: {', '.join(other)}")
    return make(engine, request)


@lru_cache(maxsize=1)
def _engine(settings: Settings, model: str | None, version: str | None) -> tuple[Engine, dict[str, Any]]:
    """Return an engine, and what it makes shards with; a process keeps it for its next task."""
    engine = create_engine(settings)
    return engine, made_with(engine, DatasetRequest(count=1, model=model, version=version))
