from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from digitgan.contract.latents import seeds_to_latents
from tests.training.conftest import copy_of
from training import checkpoints
from training.data import Dataset
from training.drawing.sheets import draw_seeds
from training.export import best_generator
from training.latents.style_scale import best_scale, scaled, settle
from training.recipes import digits, mlp
from training.run import Run
from training.state import State
from training.watch.appraisal import Appraiser
from training.watch.watchdog import Watchdog


def test_scaled_generator_multiplies_styles_before_drawing() -> None:
    generator = digits.RECIPE.generator.build().eval()
    style, label = torch.from_numpy(seeds_to_latents(range(8), 64)), torch.arange(8)
    torch.testing.assert_close(scaled(generator, 1.1)(style, label), generator(style * 1.1, label))


def test_best_scale_is_at_least_as_good_as_its_neighbours(sample: Dataset) -> None:
    appraiser, generator = Appraiser(sample, 1000), digits.RECIPE.generator.build().eval()
    factor, appraisal = best_scale(generator, appraiser)
    around = [appraiser.appraise(scaled(generator, round(factor + step, 2))) for step in (-0.02, 0.02)]
    is_inside = 0.8 < factor < 1.2
    assert not is_inside or all(appraisal.judge_distance <= other.judge_distance for other in around)
    assert appraisal.judge_distance <= appraiser.appraise(generator).judge_distance


def test_settle_scales_a_finished_run_exactly_once(sample: Dataset, trained: Run, tmp_path: Path) -> None:
    run = copy_of(trained, tmp_path / "run")
    recipe = {"mlp": mlp.RECIPE, "digits": digits.RECIPE}[run.read()["recipe"]["name"]]
    appraiser = Appraiser(sample, 1000)
    state = State(recipe, sample, 7)
    saved = checkpoints.latest(run.checkpoints)
    assert saved is not None
    state.load_state_dict(saved)
    Watchdog(run, appraiser, Console(quiet=True), sample.n_classes).at_end(state, 1.0)
    before = best_generator(run)
    factor = settle(run, recipe, appraiser)
    if recipe is mlp.RECIPE:
        assert factor is None
        return
    assert factor is not None
    seeds, label = list(range(10)), np.arange(10)
    assert np.array_equal(
        draw_seeds(best_generator(run), seeds, label), draw_seeds(scaled(before, factor), seeds, label)
    )
    assert settle(run, recipe, appraiser) is None
