"""Knows how shards are made on a Ray cluster: a task each, so many at a time as there are processors for.

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
from itertools import islice
from typing import Any

from service.app import create_engine
from service.engine.engine import Engine
from service.engine.errors import CannotServe, EngineError, RunFailed
from service.requests.dataset import DatasetRequest
from service.settings import Settings
from service.shards import Shard, made_with, make

_WAITING = 2  # tasks for each that runs: the next is there when one ends, and an autoscaler sees what there is to do
_PATIENCE_S = 10.0
_ON_GPUS = ("cuda", "tensorrt")


def made_on_cluster(
    settings: Settings, shards: list[Shard], expected: dict[str, Any]
) -> Generator[tuple[Shard, bytes], None, None]:
    """Yield shards with their bytes, in the order in which they are ready.

    The cluster is the one that ``RAY_ADDRESS`` names, or else one that is started on this machine for the while. A shard
    whose node dies is made on another one, up to three times.

    Args:
        settings: of the engine on each node; the folder of models is at the same place on all of them.
        shards: at least one.
        expected: what `service.shards.made_with` tells here, and must tell on each node.

    Raises:
        CannotServe: there is no such cluster, or a node would make other bytes; it is named.
        RunFailed: a model run failed, or too many nodes did.
    """
    import ray

    threads = settings.threads or 1
    wanted = {"num_cpus": threads, "num_gpus": int(settings.provider in _ON_GPUS)}
    there = settings.model_copy(update={"threads": threads, "models_dir": settings.models_dir.resolve()})
    address = os.environ.get("RAY_ADDRESS") or "local"  # Ray would look for one itself, and find one that has died
    _refuse_silent(address)
    with redirect_stdout(sys.stderr):  # where Ray tells of nodes that die; results alone go to stdout
        try:
            ray.init(address, log_to_driver=False, logging_level=logging.WARNING)
        except (RuntimeError, ValueError, ConnectionError) as error:
            raise CannotServe(f"Ray: {error}") from error
        try:
            task = ray.remote(**wanted)(_made)
            waiting, running = iter(shards), dict[Any, Shard]()
            while True:
                n_wanted = _WAITING * _room(ray.cluster_resources(), wanted) - len(running)
                for shard in islice(waiting, max(0, n_wanted)):
                    running[task.options(name=shard.name).remote(there, expected, shard.request)] = shard
                if not running:
                    return
                [ready], _ = ray.wait(list(running))
                yield running.pop(ready), ray.get(ready)
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, EngineError) else RunFailed(f"Ray: {error}") from error
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


def _room(resources: dict[str, float], wanted: dict[str, int]) -> int:
    """Return how many tasks can run at a time, at least 1: an autoscaler begins with nothing."""
    names = {"num_cpus": "CPU", "num_gpus": "GPU"}
    return max(1, min(int(resources.get(names[kind], 0) // n) for kind, n in wanted.items() if n))


def _made(settings: Settings, expected: dict[str, Any], request: DatasetRequest) -> bytes:
    """Return a shard's bytes; this is the task, and runs on some node.

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
