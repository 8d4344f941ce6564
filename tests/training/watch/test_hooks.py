import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from training import checkpoints
from training.data import Dataset
from training.recipes import mlp
from training.run import Run
from training.schedules import Horizon
from training.state import State
from training.trainer import Hook, iterate, train
from training.watch.hooks import CheckpointHook, HistoryHook, SheetHook

RECIPE = replace(mlp.RECIPE, log_every=5, sheet_every=4, checkpoint_every=3)
CLOCKS = {"elapsed_s", "cpu_s"}


def watched(folder: Path) -> tuple[Run, list[Hook]]:
    run = Run(folder)
    run.folder.mkdir(exist_ok=True)
    return run, [HistoryHook(run, Console(quiet=True)), SheetHook(run), CheckpointHook(run)]


def lines(run: Run) -> list[dict[str, float]]:
    return [json.loads(line) for line in run.history.read_text().splitlines()]


def test_history_has_means_of_the_iterations_since_the_last_line(sample: Dataset, tmp_path: Path) -> None:
    run, hooks = watched(tmp_path)
    train(State(RECIPE, sample, 1), Horizon(10, None), hooks, lambda: False)
    figures = [iterate(other, 0) for other in [State(RECIPE, sample, 1)] for _ in range(10)]
    for line, part in zip(lines(run), (figures[:5], figures[5:]), strict=True):
        for name in ("discriminator_loss", "discriminator_accuracy", "generator_loss"):
            assert line[name] == sum(figure[name] for figure in part) / 5
    assert [(line["iteration"], line["images"], line["progress"]) for line in lines(run)] == [
        (5, 160, 0.5),
        (10, 320, 1),
    ]


def test_history_of_a_resumed_run_is_that_of_an_uninterrupted_one(sample: Dataset, tmp_path: Path) -> None:
    straight, hooks = watched(tmp_path / "straight")
    train(State(RECIPE, sample, 1), Horizon(10, None), hooks, lambda: False)

    cut, hooks = watched(tmp_path / "cut")
    first = State(RECIPE, sample, 1)
    train(first, Horizon(10, None), hooks, lambda: first.iteration == 7)  # between two lines
    second = State(RECIPE, sample, 1)
    saved = checkpoints.latest(cut.checkpoints)
    assert saved is not None
    second.load_state_dict(saved)
    train(second, Horizon(10, None), hooks, lambda: False)

    without_clocks = [
        [{name: value for name, value in line.items() if name not in CLOCKS} for line in lines(run)]
        for run in (straight, cut)
    ]
    assert without_clocks[0] == without_clocks[1]


def test_sheets_and_checkpoints_are_written_at_intervals_and_at_the_end(sample: Dataset, tmp_path: Path) -> None:
    run, hooks = watched(tmp_path)
    train(State(RECIPE, sample, 1), Horizon(10, None), hooks, lambda: False)
    assert sorted(path.stem for path in run.sheets.iterdir()) == ["00000004", "00000008", "00000010"]
    assert sorted(path.stem for path in run.checkpoints.iterdir()) == ["00000009", "00000010"]


def test_hooks_do_not_change_the_training(sample: Dataset, tmp_path: Path) -> None:
    watched_state, alone = State(RECIPE, sample, 1), State(RECIPE, sample, 1)
    train(watched_state, Horizon(6, None), watched(tmp_path)[1], lambda: False)
    train(alone, Horizon(6, None), [], lambda: False)
    assert watched_state.generator.state_dict().keys() == alone.generator.state_dict().keys()
    for mine, theirs in zip(
        watched_state.generator.state_dict().values(), alone.generator.state_dict().values(), strict=True
    ):
        assert mine.equal(theirs)
