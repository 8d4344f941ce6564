import io

from rich.console import Console

from training.data import Dataset
from training.recipes import mlp
from training.schedules import Horizon
from training.state import State
from training.trainer import train
from training.watch.progress import ProgressHook, spell


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


def test_progress_line_is_absent_without_a_terminal(sample: Dataset) -> None:
    log = io.StringIO()
    with ProgressHook(Console(file=log), "mlp") as progress:
        train(State(mlp.RECIPE, sample, 1), Horizon(2, None), [progress], lambda: False)
    assert log.getvalue().strip() == ""
