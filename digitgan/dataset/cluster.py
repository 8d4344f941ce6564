"""Making shards on the nodes of a Ray cluster with Ray Data, which repeats the tasks of dead nodes on other nodes.

Ray is an extra of this package; it is loaded only when a cluster is used.
"""

import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import astuple
from functools import lru_cache
from threading import Event, Thread
from time import monotonic
from typing import Any

from digitgan.contract.errors import CannotServe, EngineError, RunFailed
from digitgan.dataset.shards import Made, Shard, fingerprint, make_shard, prepare_shard
from digitgan.dataset.spec import DatasetSpec
from digitgan.dataset.store import Store, open_store
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_engine
from digitgan.engine.selection import Tally
from digitgan.engine.settings import EngineSettings
from digitgan.formats.outputs import CannotWrite

_CONNECT_TIMEOUT_S = 10.0
_ON_GPUS = ("cuda", "tensorrt")
_NAMES = {"CPU": "processor", "GPU": "GPU"}  # what Ray calls them, and what people do
_TOKEN_HINT = "RAY_AUTH_MODE and RAY_AUTH_TOKEN_PATH must be set as on its nodes"  # noqa: S105 - not a token
_FIRST_NOTE_S = 10.0  # several times what a shard takes on an idle processor


def make_on_cluster(
    settings: EngineSettings,
    shards: list[Shard],
    expected: dict[str, Any],
    address: str | None,
    on_start: Callable[[], object],
    on_wait: Callable[[str], object],
) -> Generator[Made, None, None]:
    """Yield shards in the order in which they become ready.

    ``RAY_ADDRESS`` names the cluster; by default, one is started on this machine and stopped at the end. If a node
    dies, another one makes its shards.

    Args:
        settings: settings of the engine on each node; the models folder must have the same path on all nodes.
        shards: at least one.
        expected: this machine's fingerprint, which every node must have, too.
        address: of the store to which each node writes its shards itself, with its own credentials; None if the bytes
            come here, since nodes may share no folder.
        on_start: called when the cluster has the tasks.
        on_wait: called by another thread with what the cluster lacks, when nothing was made for 10 s, and again after
            20 s more, 40 s more, and so on.

    Raises:
        CannotServe: the cluster is not reachable or refuses this machine's token, or a node would make different bytes;
            the message says which.
        RunFailed: a model run or Ray failed, or a node cannot write to the store.
    """
    import ray.data

    threads = settings.threads or 1
    there = settings.model_copy(update={"threads": threads, "models_dir": settings.models_dir.resolve()})
    cluster = os.environ.get("RAY_ADDRESS") or "local"  # never Ray's own default, which may be a dead cluster
    _check_reachable(cluster)

    def fill(row: dict[str, Any]) -> dict[str, Any]:
        shard = shards[row["number"]]
        blank = {**row, "sha256": "", "content": b"", "tally": [0, 0, 0, 0], "refused": "", "failed": ""}
        try:
            of_shard = _make(there, expected, shard)
            content = of_shard.content or b""
            if address is not None:
                _write(address, shard.name, content)
        except CannotServe as refusal:  # if raised, it would come with pages of Ray's own output
            return {**blank, "refused": str(refusal)}
        except RunFailed as failure:
            return {**blank, "failed": str(failure)}
        made = {"sha256": of_shard.sha256, **({"content": content} if address is None else {})}
        return {**blank, **made, **({"tally": astuple(of_shard.tally)} if of_shard.tally else {})}

    needed = {"CPU": threads, "GPU": int(settings.provider in _ON_GPUS)}

    def lack() -> str:
        try:
            nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            return _lack(needed, nodes, ray.available_resources())
        except (ray.exceptions.RayError, RuntimeError) as error:
            return f"Ray: {error}"

    with redirect_stdout(sys.stderr):  # where Ray reports dead nodes; stdout is for results only
        try:
            ray.init(cluster, log_to_driver=False, logging_level=logging.ERROR)
        except (ray.exceptions.AuthenticationError, ConnectionError) as error:  # the same cause, found here or there
            raise CannotServe(f"Ray: {getattr(error, 'message', error)}; {_TOKEN_HINT}") from error
        except (RuntimeError, ValueError) as error:
            raise CannotServe(f"Ray: {error}") from error
        try:
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = context.print_on_execution_start = False
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            rows = [{"number": number} for number in range(len(shards))]
            tasks = ray.data.from_items(rows, override_num_blocks=len(rows))
            made = tasks.map(fill, num_cpus=needed["CPU"], num_gpus=needed["GPU"])
            on_start()
            with _noting_waits(lack, on_wait) as note_progress:
                for row in made.iter_rows():
                    if row["refused"]:
                        raise CannotServe(row["refused"])
                    if row["failed"]:
                        raise RunFailed(row["failed"])
                    note_progress()
                    content = row["content"] if address is None else None
                    tally = Tally(*map(int, row["tally"]))
                    yield Made(shards[row["number"]], row["sha256"], content, tally if tally.images else None)
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


@contextmanager
def _noting_waits(
    lack: Callable[[], str], on_wait: Callable[[str], object], first_s: float = _FIRST_NOTE_S
) -> Iterator[Callable[[], None]]:
    """Yield a function to call when something was made, and report what is lacking while nothing is.

    Args:
        lack: says what is lacking.
        on_wait: takes the reports.
        first_s: seconds until the first report; each further one takes twice as long as the one before it.
    """
    progress, is_over = Event(), Event()

    def watch() -> None:
        since, patience_s = monotonic(), first_s
        while not is_over.is_set():
            if progress.wait(since + patience_s - monotonic()):
                progress.clear()
                since, patience_s = monotonic(), first_s
            else:
                on_wait(f"waited {monotonic() - since:.0f} s: {lack()}")
                patience_s = 2 * patience_s + first_s

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield progress.set
    finally:
        is_over.set()
        progress.set()
        watcher.join()


def _lack(needed: Mapping[str, int], nodes: Sequence[Mapping[str, float]], free: Mapping[str, float]) -> str:
    """Return what a cluster lacks for a shard: a node that is large enough, or one that is free; or only time.

    Args:
        needed: how much a shard needs of each resource; the names are Ray's.
        nodes: what each node has.
        free: what nothing uses, on all nodes together.
    """
    asked = [name for name in _NAMES if needed.get(name)]
    wanted = "each file needs " + " and ".join(_counted(needed[name], name) for name in asked)
    if not any(all(node.get(name, 0) >= needed[name] for name in asked) for node in nodes):
        return f"{wanted}, which no node of the cluster has"
    if all(free.get(name, 0) >= needed[name] for name in asked):
        return f"{wanted}, and there is room; Ray is starting or at work"
    there = {name: sum(node.get(name, 0) for node in nodes) for name in asked}
    used = (f"{there[name] - free.get(name, 0):g} of {_counted(there[name], name)}" for name in asked)
    return f"{wanted}; {' and '.join(used)} are in use, by this command or others"


def _counted(n: float, name: str) -> str:
    return f"{n:g} {_NAMES[name]}{'' if n == 1 else 's'}"


def _make(settings: EngineSettings, expected: dict[str, Any], shard: Shard) -> Made:
    """Return a shard with its file; runs on a node of the cluster.

    Raises:
        CannotServe: this node would make different bytes.
        RunFailed: a model run failed.
    """
    node = socket.gethostname()
    try:
        engine, here = _engine(settings, shard.spec.model_copy(update={"count": 1, "seed": 0}))
    except EngineError as error:
        raise CannotServe(f"node {node}: {error}") from None
    different = [
        f"{key} is {here.get(key)!r}, not {expected[key]!r}" for key in expected if here.get(key) != expected[key]
    ]
    if different:
        raise CannotServe(f"node {node} would make different bytes: {', '.join(different)}")
    return make_shard(engine, shard, prepare_shard(engine, shard.spec))


def _write(address: str, name: str, content: bytes) -> None:
    """Write a shard from a node of the cluster.

    Raises:
        RunFailed: this node cannot write it.
    """
    try:
        _store(address).write(name, content)
    except (CannotWrite, CannotServe) as error:
        raise RunFailed(f"node {socket.gethostname()}: {error}") from None
    except OSError as error:
        raise RunFailed(f"node {socket.gethostname()}: {error.filename}: {error.strerror}") from None


@lru_cache(maxsize=1)
def _store(address: str) -> Store:
    return open_store(address)


@lru_cache(maxsize=1)
def _engine(settings: EngineSettings, spec: DatasetSpec) -> tuple[Engine, dict[str, Any]]:
    """Return an engine and its fingerprint for a data set, both cached for the next task of this process."""
    engine = create_engine(settings)
    return engine, fingerprint(engine, spec)
