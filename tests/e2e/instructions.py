"""Count the instructions of requests with callgrind: a figure of speed that other load does not change.

    python -m tests.e2e.instructions         count, and compare with `instructions.json`
    python -m tests.e2e.instructions record  count, and write `instructions.json` anew

A change that is meant to make requests cheaper or dearer records the counts anew, in its own commit.

The service and an empty FastAPI endpoint, the floor, are called in one process without sockets. What Python takes of a
request differs between builds of the interpreter, and of the floor as well, so a request's count is compared in floors,
unless half of it or more is compiled code, which is the same everywhere.
Callgrind counts what a request executes and not what it waits for; it presents the same processor everywhere, so that
libraries choose the same code (no AVX-512). But it executes vector arithmetic a hundred times slower, so the requests
use a model that only looks images up, and a run of `mlp` is counted alone.
"""

import ctypes
import gc
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import uvloop
from onnx import TensorProto, helper, numpy_helper

from bench.apps import floor
from bench.ask import ask, get
from digitgan.contract.card import read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS
from service.app import create_app
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.processes import ROOT
from tests.programs import SOURCES, find

RECORDED = Path(__file__).with_name("instructions.json")
COMMAND = "python -m tests.e2e.instructions record"
BOUND = 1.05  # over the recorded value
FLOOR = "empty endpoint"
MANY = "256 seeds"
MODEL_RUN = "a run of `mlp` with one image"
_COMPILED = (MANY, MODEL_RUN)
_N_DIGITS = 10
_LIMIT_S = 280

# Functions that turn counting on and off. Instructions before that are executed without being counted, which is faster.
_SWITCH = """
#include <valgrind/callgrind.h>
void start(void) { CALLGRIND_START_INSTRUMENTATION; CALLGRIND_ZERO_STATS; }
void stop(const char *name) { CALLGRIND_DUMP_STATS_AT(name); CALLGRIND_STOP_INSTRUMENTATION; }
"""


class Row(NamedTuple):
    """Something to count: what is called, how often before counting, and how often while counting."""

    call: Callable[[], Awaitable[object]]
    before: int
    counted: int


def counted() -> dict[str, int]:
    """Return the instructions of each row, for one call.

    Raises:
        CalledProcessError: valgrind, the compiler or the counted program failed; its output says why.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _deploy_digits(folder / "models")
        (folder / "switch.c").write_text(_SWITCH)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", "switch.so", "switch.c"], cwd=folder, check=True)
        command = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", "--fair-sched=try"]
        command += [f"--callgrind-out-file={folder / 'counts'}", sys.executable, "-m", __spec__.name, name]
        # Hashes of texts decide how often names collide in a dictionary.
        environment = os.environ | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=_LIMIT_S)
        return dict(_read(folder))


def problems(measured: dict[str, int], recorded: dict[str, int]) -> list[str]:
    """Return a sentence for each row that takes more than `BOUND` times its recorded instructions.

    Args:
        measured: instructions by row.
        recorded: in the same way.
    """
    found = []
    for row, before in recorded.items():
        of_build = 1 if row in _COMPILED else measured[FLOOR] / recorded[FLOOR]
        growth = measured[row] / (before * of_build)
        if row != FLOOR and growth > BOUND:
            found.append(
                f"{row}: {measured[row]:,} instructions, {growth - 1:.1%} over the recorded {before * of_build:,.0f}; "
                f"at most {BOUND - 1:.0%} are allowed. If that is intended, run: {COMMAND}"
            )
    return found


def _read(folder: Path) -> Iterator[tuple[str, int]]:
    for file in sorted(folder.glob("counts.*")):
        text = file.read_text()
        row = re.search(r"^desc: Trigger: Client Request: (.*)/(\d+)$", text, re.MULTILINE)
        total = re.search(r"^summary: (\d+)$", text, re.MULTILINE)
        if row and total:
            yield row[1], round(int(total[1]) / int(row[2]))


def _deploy_digits(models_dir: Path) -> None:
    """Write a model that looks up one of ten digits of MNIST by the largest component of the latent."""
    with gzip.open(ROOT / "training" / "sample" / "t10k-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(16 + _N_DIGITS * 784)[16:], np.uint8).reshape(_N_DIGITS, 28, 28)
    graph = helper.make_graph(
        [
            helper.make_node("ArgMax", ["latent"], ["digit"], axis=1, keepdims=0),
            helper.make_node("Gather", ["images", "digit"], ["image"]),
        ],
        "lookup",
        [
            helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", _N_DIGITS]),
            helper.make_tensor_value_info("truncation", TensorProto.FLOAT, ["batch"]),
        ],
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", 28, 28])],
        [numpy_helper.from_array(images, "images")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    golden = images[seeds_to_latents([0], _N_DIGITS).argmax()]
    card = a_card(content, model="lookup", latent_size=_N_DIGITS, image_height=28, image_width=28)
    [known] = card.golden
    known = known.model_copy(update={"pixels_sha256": hashlib.sha256(golden.tobytes()).hexdigest()})
    deploy(models_dir, card.model_copy(update={"golden": [known]}), content)


async def _count(folder: Path) -> None:
    """Call every row under callgrind, which writes a file for each into the folder."""
    switch = ctypes.CDLL(str(folder / "switch.so"))
    rows = await _rows(folder / "models")
    for name, row in rows.items():
        for _ in range(row.before):
            await row.call()
        gc.collect()
        gc.disable()  # a collection has its own times
        switch.start()
        for _ in range(row.counted):
            await row.call()
        switch.stop(f"{name}/{row.counted}".encode())
        gc.enable()


async def _rows(models_dir: Path) -> dict[str, Row]:
    app = create_app(Settings(models_dir=models_dir, default_model="lookup", threads=1, request_timeout_s=_LIMIT_S))
    one, many = b'{"seeds":[17]}', json.dumps({"seeds": list(range(256))}).encode()
    picture = "/images/17.png?model=lookup&version=1"
    tag = (await get(app, picture, 200))["etag"]
    number = count()

    async def new_picture() -> None:
        await get(app, f"/images/{next(number)}.png?model=lookup&version=1", 200)

    folder = ROOT / "exported" / "mlp" / "1"
    card = read_card(folder)
    backend = OnnxBackend(card, read_model_file(folder, card), provider="cpu", threads=1, batch_images=1)
    alone = Rows(seeds_to_latents([17], card.latent_size), np.array([OWN_CLASS]), np.ones(1, np.float32))

    async def model_run() -> None:
        backend.run(alone)

    return {
        FLOOR: Row(partial(ask, floor.app, one), 20, 50),
        "one seed": Row(partial(ask, app, one), 40, 50),
        MANY: Row(partial(ask, app, many), 2, 3),
        "a new picture": Row(new_picture, 40, 50),
        "a repeated picture": Row(partial(get, app, picture, 200), 20, 50),
        "a 304": Row(partial(get, app, picture, 304, {"if-none-match": tag}), 20, 50),
        MODEL_RUN: Row(model_run, 1, 3),
    }


def main(arguments: list[str]) -> int:
    """Count and compare or record; with a folder, be the counted program."""
    if arguments and Path(arguments[0]).is_dir():
        uvloop.run(_count(Path(arguments[0])))
        return 0
    if arguments not in ([], ["record"]):
        print(f"usage: {COMMAND}, or without record to compare", file=sys.stderr)
        return 2
    for program in ("valgrind", "gcc"):
        if find(program) is None:
            print(f"{program} is missing: {SOURCES[program]}", file=sys.stderr)
            return 3
    measured = counted()
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    for row, instructions in measured.items():
        print(f"{row}: {instructions:,}, recorded {recorded.get(row, 0):,}")
    if arguments:
        RECORDED.write_text(json.dumps(measured, indent=1) + "\n")
        return 0
    if measured.keys() != recorded.keys():
        print(f"{RECORDED.name} has other rows; run: {COMMAND}", file=sys.stderr)
        return 1
    found = problems(measured, recorded)
    print(*found, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
