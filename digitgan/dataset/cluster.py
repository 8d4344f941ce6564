"""Making shards on the nodes of a Ray cluster with Ray Data, which repeats the tasks of dead nodes on other nodes.

Ray is an extra of this package; it is loaded only when a cluster is used.
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
from digitgan.dataset.shards import Shard, fingerprint, make, prepare_shard
from digitgan.dataset.spec import DatasetSpec
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_engine
from digitgan.engine.settings import EngineSettings

_CONNECT_TIMEOUT_S = 10.0
_ON_GPUS = ("cuda", "tensorrt")


def make_on_cluster(
    settings: EngineSettings, shards: list[Shard], expected: dict[str, Any]
) -> Generator[tuple[Shard, bytes], None, None]:
    """Yield shards with their bytes, in the order in which they become ready.

    ``RAY_ADDRESS`` names the cluster; by default, one is started on this machine and stopped at the end. If a node
    dies, another one makes its shards.

    Args:
        settings: settings of the engine on each node; the models folder must have the same path on all nodes.
        shards: at least one.
        expected: this machine's fingerprint, which every node must have, too.

    Raises:
        CannotServe: the cluster is not reachable, or a node would make different bytes; the message names it.
        RunFailed: a model run or Ray failed.
    """
    import ray.data

    threads = settings.threads or 1
    there = settings.model_copy(update={"threads": threads, "models_dir": settings.models_dir.resolve()})
    address = os.environ.get("RAY_ADDRESS") or "local"  # never Ray's own default, which may be a dead cluster
    _check_reachable(address)

    def fill(row: dict[str, Any]) -> dict[str, Any]:
        try:
            return {**row, "content": _make(there, expected, shards[row["number"]].spec), "refused": ""}
        except CannotServe as refusal:  # if raised, it would come with pages of Ray's own output
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
            resources = {"num_cpus": threads, "num_gpus": int(settings.provider in _ON_GPUS)}
            for row in ray.data.from_items(rows, override_num_blocks=len(rows)).map(fill, **resources).iter_rows():
                if row["refused"]:
                    raise CannotServe(row["refused"])
                yield shards[row["number"]], row["content"]
        except ray.exceptions.RayError as error:
            raise RunFailed(f"Ray: {error}") from error
        finally:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise CannotServe unless a server listens at the cluster's address; Ray would retry for a quarter of an hour."""
    if found := re.fullmatch(r"(?:ray://)?\[?([^/]+?)\]?:(\d+)", address):
        try:
            socket.create_connection((found[1], int(found[2])), _CONNECT_TIMEOUT_S).close()
        except (OSError, OverflowError) as error:
            raise CannotServe(f"RAY_ADDRESS = {address!r}: {error}") from None


def _make(settings: EngineSettings, expected: dict[str, Any], spec: DatasetSpec) -> bytes:
    """Return the bytes of a shard; runs on a node of the cluster.

    Raises:
        CannotServe: this node would make different bytes.
        RunFailed: a model run failed.
    """
    node = socket.gethostname()
    try:
        engine, here = _engine(settings, spec.model, spec.version)
    except EngineError as error:
        raise CannotServe(f"node {node}: {error}") from None
    different = [
        f"{key} is {here.get(key)!r}, not {expected[key]!r}" for key in expected if here.get(key) != expected[key]
    ]
    if different:
        raise CannotServe(f"node {node} would make different bytes: {', '.join(different)}")
    return make(engine, prepare_shard(engine, spec))


@lru_cache(maxsize=1)
def _engine(settings: EngineSettings, model: str | None, version: str | None) -> tuple[Engine, dict[str, Any]]:
    """Return an engine and its fingerprint, both cached for the next task of this process."""
    engine = create_engine(settings)
    return engine, fingerprint(engine, DatasetSpec(count=1, model=model, version=version))
