"""Two processes train like one. `pair.py` is what each of them runs."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.parallel.pair import COLLAPSES_AT, RECIPES, STOPS_AFTER, curve
from training import checkpoints, history
from training.data import Dataset
from training.device import CPU
from training.errors import Diverged, MachineRefused
from training.graphs.folding import Norm, folded
from training.parallel.team import ALONE, Team, joined
from training.recipes import mlp_torch
from training.run import Run
from training.state import State, served

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]  # three processes import torch, possibly on a busy machine
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@dataclass(frozen=True)
class Pair:
    """The files that two processes left behind."""

    run: Run
    first: dict[str, Any]
    second: dict[str, Any]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("pair")
    command = [*TORCHRUN, "-m", "--", "tests.training.parallel.pair", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2))
    return Pair(Run(folder / "run"), first, second)


def leaves(value: object, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Return every tensor and number of a state by name, without the figures that only the first process collects."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "window":
                yield from leaves(item, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, f"{name}.{index}")
    elif isinstance(value, Tensor | int | float):
        yield name, torch.as_tensor(value)


def assert_same_bits(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    mine, theirs = dict(leaves(mine)), dict(leaves(theirs))
    assert mine.keys() == theirs.keys()
    assert [name for name in mine if not torch.equal(mine[name], theirs[name])] == []


@pytest.mark.parametrize("name", RECIPES)
def test_two_processes_reproduce_the_curve_of_one(name: str, pair: Pair, sample: Dataset) -> None:
    alone = State(RECIPES[name], sample, 5)
    for mine, theirs in zip(curve(alone), pair.first["curves"][name], strict=True):
        assert theirs == pytest.approx(
            mine, abs=1e-4
        )  # values are near 1; a wrong mask or wrong statistics would differ a hundred times as much
    two = pair.first["states"][name]
    for part in ("generator", "discriminator", "average"):
        for (weight, one), (_, shared) in zip(leaves(alone.state_dict()[part]), leaves(two[part]), strict=True):
            torch.testing.assert_close(shared, one, atol=1e-4, rtol=1e-4, msg=f"{part}{weight}")
    for part in ("stream", "noise", "torch_random", "iteration"):  # these decide everything that follows
        assert_same_bits({part: alone.state_dict()[part]}, {part: two[part]})


@pytest.mark.parametrize("name", [*RECIPES, "stopped"])
def test_both_processes_hold_the_same_bits(name: str, pair: Pair) -> None:
    assert_same_bits(pair.first["states"][name], pair.second["states"][name])


def test_collapse_in_one_process_rolls_both_back(pair: Pair) -> None:
    assert pair.second["states"]["stopped"]["rollbacks"] == 1
    (line,) = [line for line in history.read(pair.run.history) if "rollback" in line]
    assert line["iteration"] == 4
    assert f"iteration {COLLAPSES_AT}: 1.0 of 10 classes" in line["rollback"]


def test_stop_of_one_process_ends_both_at_the_same_iteration(pair: Pair) -> None:
    assert {each["states"]["stopped"]["iteration"] for each in (pair.first, pair.second)} == {STOPS_AFTER}
    assert [path.stem for path in checkpoints.every(pair.run.checkpoints)] == ["00000008", "00000009"]


def test_one_process_resumes_a_checkpoint_of_two(pair: Pair, sample: Dataset) -> None:
    saved = checkpoints.latest(pair.run.checkpoints)
    assert saved is not None
    alone = State(RECIPES["digits"], sample, 6)
    alone.load_state_dict(saved)
    assert_same_bits(alone.state_dict(), pair.second["states"]["stopped"])
    assert all(torch.isfinite(torch.tensor(list(figures.values()))).all() for figures in curve(alone))


def test_two_processes_resume_a_checkpoint_of_one(sample: Dataset) -> None:
    alone = State(RECIPES["acgan"], sample, 5)
    curve(alone)
    one_of_two = State(RECIPES["acgan"], sample, 6, CPU, Team(rank=1, size=2))
    one_of_two.load_state_dict(alone.state_dict())
    assert_same_bits(one_of_two.state_dict(), alone.state_dict())


def test_generator_of_two_processes_folds_like_any_other(pair: Pair) -> None:
    generator = served(RECIPES["mlp"], pair.first["states"]["mlp"])
    assert not any(isinstance(layer, Norm) for layer in folded(generator).modules())


def test_rows_of_a_team_make_up_each_batch() -> None:
    batch = torch.arange(8)
    assert [Team(rank, 2).rows(batch).tolist() for rank in range(2)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [Team(rank, 2).rows(batch, 2).tolist() for rank in range(2)] == [[0, 1, 4, 5], [2, 3, 6, 7]]


def test_uneven_batch_is_refused_with_the_allowed_sizes() -> None:
    with pytest.raises(
        MachineRefused, match=r"3 processes cannot evenly share a batch of 16 images; allowed are 1, 2, 4, 8"
    ):
        Team(size=3).check(16)


def test_process_is_alone_without_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined(CPU) as team:
        assert team == ALONE
    assert ALONE.mean({"loss": 0.1}) == {"loss": 0.1}


def test_ask_first_raises_in_a_team_of_one() -> None:
    def refuse() -> None:
        raise Diverged("no number")

    with pytest.raises(Diverged, match="no number"):
        ALONE.ask_first(refuse)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_command_of_two_processes_stops_and_one_resumes(tmp_path: Path) -> None:
    arguments = ["train", "mlp-torch", "--data", "sample", "--no-watch", "--run", str(tmp_path / "run")]
    run = Run(tmp_path / "run")
    command = [*TORCHRUN, "-m", "--", "digitgan", *arguments, "--iterations", "1000000"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not history.read(run.history):
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    (stopped,) = re.findall(r"stopped at iteration (\d+)", errors)
    assert checkpoints.every(run.checkpoints)[-1].stem == f"{int(stopped):08d}"
    goes_on = [sys.executable, "-m", "digitgan", *arguments, "--iterations", str(int(stopped) + 2)]
    done = subprocess.run(goes_on, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert f"done at iteration {int(stopped) + 2}" in done.stderr, done.stderr
    assert [start["options"]["processes"] for start in run.read()["starts"]] == [2, 1]
    assert run.read()["recipe"]["name"] == mlp_torch.RECIPE.name


@pytest.mark.slow
def test_team_that_cannot_share_a_batch_prints_one_error(tmp_path: Path) -> None:
    command = [*TORCHRUN[:-1], "3", "-m", "--", "digitgan", "train", "mlp", "--data", "sample", "--run", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert done.stderr.count("digitgan: 3 processes cannot evenly share a batch of 32 images") == 1
