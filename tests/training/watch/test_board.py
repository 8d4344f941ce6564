import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tensorboardX.proto import event_pb2

from digitgan.contract.errors import NotInstalled
from digitgan.installation import install_command
from training import checkpoints, history
from training.data import Dataset
from training.recipes import mlp
from training.run import Run
from training.schedules import Horizon
from training.state import State
from training.trainer import Hook, train
from training.watch.board import BoardHook
from training.watch.hooks import CheckpointHook, HistoryHook, SheetHook

RECIPE = replace(mlp.RECIPE, log_every=2, sheet_every=4, checkpoint_every=4)


def events(run: Run) -> Iterator[Any]:
    """Yield the events in a run's files, oldest first. A record is a length, a checksum, a message and a checksum."""
    for path in sorted(run.board.glob("events.*"), key=lambda path: path.stat().st_mtime_ns):
        content, position = path.read_bytes(), 0
        while position < len(content):
            (length,) = struct.unpack_from("<Q", content, position)
            yield event_pb2.Event.FromString(content[position + 12 : position + 12 + length])
            position += 12 + length + 4


def shown(run: Run) -> dict[tuple[str, int], Any]:
    """Return the values that a viewer shows, by tag and step. A start event purges its step and later ones."""
    found: dict[tuple[str, int], Any] = {}
    for event in events(run):
        if event.HasField("session_log"):
            found = {place: value for place, value in found.items() if place[1] < event.step}
        for value in event.summary.value:
            found[value.tag, event.step] = value
    return found


def others(run: Run) -> list[Hook]:
    run.folder.mkdir(exist_ok=True)
    return [HistoryHook(run, Console(quiet=True)), SheetHook(run), CheckpointHook(run)]


def scalars(run: Run) -> dict[tuple[str, int], float]:
    return {place: value.simple_value for place, value in shown(run).items() if value.WhichOneof("value") != "image"}


def expected(run: Run) -> dict[tuple[str, int], Any]:
    return {
        (name, line["iteration"]): pytest.approx(value)
        for line in history.read(run.history)
        for name, value in line.items()
        if name not in ("iteration", "images", "progress")
    }


def test_every_figure_of_the_history_and_every_sheet_is_shown(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    train(State(RECIPE, sample, 1), Horizon(10, None), [*others(run), BoardHook(run, 0)], lambda: False)
    assert ("generator_loss", 10) in scalars(run)
    assert scalars(run) == expected(run)
    sheets = {step: value.image for (tag, step), value in shown(run).items() if tag == "sheet"}
    assert sorted(sheets) == [4, 8, 10]
    assert (sheets[4].width, sheets[4].height) == (320, 320)
    assert sheets[4].encoded_image_string.startswith(b"\x89PNG")


def test_resumed_board_purges_lost_iterations_and_continues(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    first = State(RECIPE, sample, 1)
    unsaved = [*others(run)[:2], BoardHook(run, 0)]  # killed before it saved
    train(first, Horizon(20, None), unsaved, lambda: first.iteration == 6)
    checkpoints.save(State(RECIPE, sample, 1).state_dict() | {"iteration": 4}, run.checkpoints, 4)
    history.cut(run.history, 4)
    second = State(RECIPE, sample, 1)
    saved = checkpoints.latest(run.checkpoints)
    assert saved is not None
    second.load_state_dict(saved)
    assert ("generator_loss", 6) in scalars(run)
    train(second, Horizon(5, None), [*others(run), BoardHook(run, 4)], lambda: False)
    assert ("generator_loss", 6) not in scalars(run)
    assert scalars(run) == expected(run)


def test_rollback_purges_undone_events(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    state = State(RECIPE, sample, 1)
    watching = [*others(run), BoardHook(run, 0)]
    for hook in watching:
        state.iteration = 4
        state.window.add({"generator_loss": 1.0})
        hook.after_iteration(state, 0.5)
    history.cut(run.history, 2)
    state.iteration = 2
    train(state, Horizon(3, None), watching, lambda: False)
    assert ("generator_loss", 4) not in scalars(run)


def test_board_started_in_mid_run_shows_the_whole_history(sample: Dataset, tmp_path: Path) -> None:
    run = Run(tmp_path)
    state = State(RECIPE, sample, 1)
    train(state, Horizon(4, None), others(run), lambda: False)
    train(state, Horizon(6, None), [*others(run), BoardHook(run, 4)], lambda: False)
    assert scalars(run) == expected(run)


def test_missing_library_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    needed = install_command("tensorboard")
    with pytest.raises(NotInstalled, match=re.escape(f"needs tensorboardX; install it with: {needed}")):
        BoardHook(Run(tmp_path), 0)
