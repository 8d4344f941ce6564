"""Measure the runtime's options on this machine: batch sizes, threads, processes, memory, kernels.

The defaults in `digitgan.engine.providers` and `service.settings` were chosen by these tables.

    python -m bench.runtime --rounds 9
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

import numpy as np

from bench.apps.ways import ROOT
from bench.report import replace_marked
from digitgan.contract.card import read_card
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.runtime import onnxruntime

_MODELS = ("mlp", "digits")
_CURVE = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SIZES = (1, 8, 64)  # batch sizes at which the options are compared
_LAYOUTS = ((1, 1), (1, 2), (2, 1))  # processes, threads of a run
Row = TypeVar("Row", int, str)
_LEAST_S = 0.05  # length of one measurement


@dataclass(frozen=True)
class Variant:
    """A session with the shipped options, except for those given here."""

    title: str
    threads: int = 1
    entries: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, object] = field(default_factory=dict)

    def open(self, model: str) -> onnxruntime.InferenceSession:
        """Return a session of an exported model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        for key, entry in ({"session.intra_op.allow_spinning": "0"} | self.entries).items():
            options.add_session_config_entry(key, entry)
        for name, value in self.attributes.items():
            setattr(options, name, value)
        path = ROOT / "exported" / model / "1" / "model.onnx"
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


SHIPPED = Variant("as shipped, 1 thread")
_VARIANTS = [
    SHIPPED,
    Variant("2 threads", threads=2),
    Variant("2 threads, spinning", threads=2, entries={"session.intra_op.allow_spinning": "1"}),
    Variant("no memory arena", attributes={"enable_cpu_mem_arena": False}),
    Variant("no memory pattern", attributes={"enable_mem_pattern": False}),
    Variant("no prepacking", entries={"session.disable_prepacking": "1"}),
    Variant("denormals as zero", entries={"session.set_denormal_as_zero": "1"}),
]


def runner(session: onnxruntime.InferenceSession, model: str, n: int) -> Callable[[], object]:
    """Return a function that runs n rows."""
    card = read_card(ROOT / "exported" / model / "1")
    feeds: dict[str, object] = {
        "latent": seeds_to_latents(range(n), card.latent_size),
        "truncation": np.ones(n, np.float32),
    }
    if card.is_conditional:
        feeds["label"] = np.full(n, -1)
    return lambda: session.run(None, feeds)


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the elapsed and the processor seconds of one call, as means over at least `_LEAST_S` seconds."""
    run()
    wall, cpu, calls = perf_counter(), process_time(), 0
    while perf_counter() - wall < _LEAST_S:
        run()
        calls += 1
    return (perf_counter() - wall) / calls, (process_time() - cpu) / calls


def curve(rounds: int) -> str:
    """Return the table of images a second and processor time an image, by batch size."""
    lines = ["| batch | " + " | ".join(f"`{model}` images/s | µs an image" for model in _MODELS) + " |"]
    lines.append("|---" * (1 + 2 * len(_MODELS)) + "|")
    runs = {(model, n): runner(SHIPPED.open(model), model, n) for model in _MODELS for n in _CURVE}
    for n, cells in _interleaved(runs, rounds, rows=list(_CURVE)).items():
        lines.append(f"| {n} | {cells} |")
    return "\n".join(lines)


def options(rounds: int) -> str:
    """Return the tables that compare options: images a second and processor time an image."""
    sections = []
    for model in _MODELS:
        sessions = {variant.title: variant.open(model) for variant in _VARIANTS}
        runs = {(str(n), title): runner(each, model, n) for title, each in sessions.items() for n in _SIZES}
        rows = _interleaved(runs, rounds, rows=list(sessions))
        head = " | ".join(f"batch {n}: images/s | µs an image" for n in _SIZES)
        lines = [f"| `{model}` | {head} |", "|---" * (1 + 2 * len(_SIZES)) + "|"]
        sections.append("\n".join([*lines, *(f"| {title} | {cells} |" for title, cells in rows.items())]))
    return "\n\n".join(sections)


def layouts(rounds: int) -> str:
    """Return the table that compares numbers of processes and threads, from seeds to JSON."""
    lines = [
        "| processes x threads | " + " | ".join(f"`{m}`, {n} a request" for m in _MODELS for n in (16, 256)) + " |"
    ]
    lines.append("|---" * (1 + 2 * len(_MODELS)) + "|")
    rates: dict[tuple[int, int], dict[tuple[str, int], list[float]]] = {}
    for _ in range(rounds):
        for layout in _LAYOUTS:
            for model in _MODELS:
                for n in (16, 256):
                    rates.setdefault(layout, {}).setdefault((model, n), []).append(_chain(model, n, *layout))
    for (processes, threads), found in rates.items():
        lines.append(f"| {processes} x {threads} | " + " | ".join(f"{median(r):,.0f}" for r in found.values()) + " |")
    return "\n".join(lines)


def _interleaved(runs: dict[tuple[str, Row], Callable[[], object]], rounds: int, rows: list[Row]) -> dict[Row, str]:
    """Return the cells of each row: the median of each run, which has one turn in every round."""
    found: dict[tuple[str, Row], list[tuple[float, float]]] = {key: [] for key in runs}
    for _ in range(rounds):
        for key, run in runs.items():
            found[key].append(timed(run))

    def cell(column: str, row: Row) -> str:
        n = int(column) if column.isdecimal() else int(str(row))
        wall, cpu = (median(each) for each in zip(*found[column, row], strict=True))
        return f"{n / wall:,.0f} | {cpu / n * 1e6:.1f}"

    columns = list(dict.fromkeys(column for column, _ in runs))
    return {row: " | ".join(cell(column, row) for column in columns) for row in rows}


def _chain(model: str, images: int, processes: int, threads: int) -> float:
    options = ["--model", model, "--images", str(images), "--processes", str(processes), "--threads", str(threads)]
    command = [sys.executable, "-m", "bench.chain", *options, "--seconds", "1"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(json.loads(ended.stdout)["images_per_s"])


def main() -> None:
    """Measure, and replace the tables of docs/benchmarks/runtime.md."""
    parser = argparse.ArgumentParser(description="Compare batch sizes, session options, threads and processes.")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each measurement (default: 9)")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "benchmarks" / "runtime.md")
    given = parser.parse_args()
    made = f"`python -m bench.runtime --rounds {given.rounds}`, onnxruntime {onnxruntime.__version__}; medians."
    chains = layouts(max(1, given.rounds // 3))
    tables = [made, curve(given.rounds), options(given.rounds), "Images a second, from seeds to JSON:", chains]
    replace_marked(given.to, "\n\n".join(tables))


if __name__ == "__main__":
    main()
