"""What each process of a pair runs in the tests of `training.parallel.team`; ``torchrun`` starts it with a folder."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training import data
from training.data import Dataset
from training.device import CPU
from training.errors import Collapsed
from training.networks.conv import ConvGeneratorConfig, ProjectionDiscriminatorConfig
from training.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from training.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from training.parallel.team import Team, joined
from training.recipes import acgan, digits, mlp, relativistic, wgan_gp
from training.recipes.recipe import GradientPenalty, TrainingRecipe
from training.run import Run
from training.schedules import Horizon
from training.state import Figures, State
from training.trainer import Hook, iterate
from training.watch.hooks import CheckpointHook, HistoryHook, Relay
from training.watch.recovery import train_through

ITERATIONS = 6
STOPS_AFTER, COLLAPSES_AT = 9, 6


def small(recipe: TrainingRecipe) -> TrainingRecipe:
    """Return a small recipe, with an Adam that does not amplify a gradient's last bit to a full step."""
    sizes: dict[type, dict[str, Any]] = {
        MlpGeneratorConfig: {"widths": (32, 64)},
        DcganGeneratorConfig: {"channels": (8, 4)},
        ConvGeneratorConfig: {"channels": (8, 4), "hidden": 16},
        MlpDiscriminatorConfig: {"widths": (32, 16)},
        DcganDiscriminatorConfig: {"channels": (4, 8, 8, 8)},
        ProjectionDiscriminatorConfig: {"channels": (4, 8, 8), "hidden": 16},
    }
    return replace(
        recipe,
        generator=replace(recipe.generator, **sizes[type(recipe.generator)]),  # type: ignore[type-var] # a Protocol
        discriminator=replace(recipe.discriminator, **sizes[type(recipe.discriminator)]),  # type: ignore[type-var]
        adam=replace(recipe.adam, eps=1e-2),
        batch_size=16,
        log_every=2,
        checkpoint_every=4,
    )


# Between them: each kind of update, moving and batch statistics, dropout on one batch and on two, both penalties.
RECIPES = {recipe.name: small(recipe) for recipe in (mlp.RECIPE, acgan.RECIPE, relativistic.RECIPE, wgan_gp.RECIPE)}
RECIPES["digits"] = replace(small(digits.RECIPE), penalty=GradientPenalty(gamma=0.1, every=2))


def curve(state: State) -> list[Figures]:
    return [iterate(state, iteration / ITERATIONS) for iteration in range(ITERATIONS)]


class CollapseOnce:
    """A hook of the first process."""

    def __init__(self) -> None:
        self.has_collapsed = False

    def after_iteration(self, state: State, progress: float) -> None:
        if state.iteration == COLLAPSES_AT and not self.has_collapsed:
            self.has_collapsed = True
            raise Collapsed(f"iteration {state.iteration}: 1.0 of 10 classes")

    def at_end(self, state: State, progress: float) -> None: ...


def rolled_back_and_stopped(sample: Dataset, folder: Path, team: Team) -> State:
    """Train through a collapse in the first process, until the second process gets a stop request."""
    run = Run(folder)
    state = State(RECIPES["digits"], sample, 5, CPU, team)
    hooks: list[Hook] = []
    if team.is_first:
        run.folder.mkdir()
        hooks = [CollapseOnce(), HistoryHook(run, Console(quiet=True)), CheckpointHook(run)]

    def should_stop() -> bool:
        return team.greatest(int(team.rank == 1 and state.iteration == STOPS_AFTER)) > 0

    assert not train_through(state, Horizon(None, 3600.0), [Relay(hooks)], should_stop, run, Console(quiet=True))
    return state


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with joined(CPU) as team:
        sample = team.ask_first(lambda: data.load("sample"))
        curves, ended = {}, {}
        for name, recipe in RECIPES.items():
            state = State(recipe, sample, 5, CPU, team)
            curves[name] = curve(state)
            ended[name] = state.state_dict()
        ended["stopped"] = rolled_back_and_stopped(sample, folder / "run", team).state_dict()
        torch.save({"curves": curves, "states": ended}, folder / f"{team.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
