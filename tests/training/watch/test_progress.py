import io
import re

import pytest
from rich.console import Console

from training import stages
from training.data import Dataset
from training.recipes import mlp
from training.schedules import Horizon
from training.state import State
from training.trainer import train
from training.watch.progress import ProgressHook, show_figures, spell


@pytest.fixture(autouse=True)
def nothing_told_before() -> None:
    stages.conclude()


def test_figures_are_formatted_for_reading() -> None:
    figures = {"discriminator_loss": 0.693147, "discriminator_accuracy": 0.5, "logit_gap": -0.25}
    assert spell(figures) == "D loss  0.6931  D accuracy  50.0%  logit gap -0.2500"


def test_progress_line_shows_the_iteration_on_a_terminal(sample: Dataset) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=150)
    with ProgressHook(console, "mlp") as progress:
        train(State(mlp.RECIPE, sample, 1), Horizon(5, None), [progress], lambda: False)
    assert "100.0 %" in screen.getvalue()
    assert "iteration 5" in screen.getvalue()


def test_progress_is_told_without_a_terminal(sample: Dataset) -> None:
    log = io.StringIO()
    with ProgressHook(Console(file=log), "mlp") as progress:
        state = State(mlp.RECIPE, sample, 1)
        train(state, Horizon(20, None), [progress], lambda: state.iteration == 10)
        progress.at_end(state, 0.75)
    assert log.getvalue().strip() == ""
    assert re.fullmatch(r"iteration 10, 0k images, 75.0%, 0:00:0\d left", stages.conclude())


def test_figures_are_shown_at_once_only_in_a_terminal(sample: Dataset) -> None:
    state = State(mlp.RECIPE, sample, 1)
    for is_terminal, shown in ((True, "iteration      0  D loss  0.5000\n"), (False, "")):
        screen = io.StringIO()
        show_figures(Console(file=screen, force_terminal=is_terminal), "losses", state, {"discriminator_loss": 0.5})
        assert screen.getvalue() == shown
        assert stages.conclude() == "D loss  0.5000"
