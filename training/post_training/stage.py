"""The last stage of a run, which ends where it would have ended without interruptions: networks, generator, result."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from rich.console import Console
from torch import Tensor

from .. import checkpoints, history, stages
from ..data import Dataset
from ..device import Device
from ..errors import Diverged
from ..export import trained_snapshot
from ..graphs.folding import folded
from ..recipes.recipe import PostTraining, TrainingRecipe
from ..run import Options, Run
from ..schedules import Horizon
from ..state import Course, Figures, served
from ..trainer import CourseHook, advance
from ..watch.appraisal import Appraisal, Appraiser
from ..watch.hooks import CheckpointHook, HistoryHook
from ..watch.progress import ProgressHook, spell
from .features import FeatureCourse
from .generator import GeneratorCourse

_NAME = "post-training"
_KEPT = ("iteration", "elapsed_s", "cpu_s", "style_scale")  # of the training's snapshot
_STREAM = 23  # keeps this stage's random numbers apart from the training's, which have the same seed

AnyPart = TypeVar("AnyPart", FeatureCourse, GeneratorCourse)


@dataclass(frozen=True)
class StagePart:
    """One of the two parts of the stage: its folder.

    Args:
        folder: in the run's folder.
    """

    folder: Path

    @property
    def history(self) -> Path:
        """Means every few steps."""
        return self.folder / "history.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The last two states."""
        return self.folder / "checkpoints"


def generator_part(run: Run) -> StagePart:
    """Return the part of a run's stage that trains the generator."""
    return StagePart(run.post_training / "generator")


def forget(run: Run) -> None:
    """Remove a run's post-trained generator, because the training goes on; its networks stay of use."""
    run.post_trained.unlink(missing_ok=True)


def post_train(
    run: Run,
    recipe: TrainingRecipe,
    options: Options,
    dataset: Dataset,
    *,
    device: Device,
    appraiser: Appraiser | None,
    should_stop: Callable[[], bool],
    console: Console,
) -> bool:
    """Post-train the best snapshot of a run whose training is done, or go on with that; return whether it is done.

    What was made from another snapshot or with other settings is made anew.

    Args:
        run: with a checkpoint.
        recipe: for the classes of the data.
        options: of the run.
        dataset: the real images.
        device: where the networks compute.
        appraiser: tells what the judge thinks of the result; it selects nothing here. None if there is no judge.
        should_stop: whether a signal has come; the state is then saved.
        console: for log lines and the progress line.

    Raises:
        Diverged: a loss is not a finite number. The snapshot of the training stays, and can be exported.
        OSError: a file cannot be written.
    """
    settings, saved = recipe.post_training, trained_snapshot(run)
    if settings is None:
        return True
    seeds = [int(s) for s in np.random.SeedSequence([options.seed, _STREAM]).generate_state(2)]
    of_networks, of_generator = _horizons(settings, options, saved["iteration"], dataset)
    networks = FeatureCourse(dataset, seeds[0], device, origin=_digest({"ends": asdict(of_networks)}))
    stages.tell("stage", f"{_NAME}, networks")
    if not _run_through(networks, StagePart(run.post_training / "networks"), of_networks, should_stop, console):
        return False
    start = folded(served(recipe, saved))
    origin = _digest(
        {"ends": asdict(of_generator), "settings": asdict(settings)}, start.state_dict(), networks.networks.state_dict()
    )
    earlier = checkpoints.read(run.post_trained)
    if earlier and earlier.get("origin") == origin:
        return True
    forget(run)
    generator = GeneratorCourse(start, networks.networks, settings, dataset, seeds[1], device, origin=origin)
    stages.tell("stage", _NAME)
    if not _run_through(generator, generator_part(run), of_generator, should_stop, console):
        return False
    result = {name: saved[name] for name in _KEPT if name in saved} | {
        "generator": generator.result,
        "average": None,  # these are averaged weights already
        "is_folded": True,
        "origin": origin,
        "post_training": {
            "network_iterations": networks.iteration,
            "iterations": generator.iteration,
            "wall_s": round(networks.elapsed_s + generator.elapsed_s, 1),
            "cpu_s": round(networks.cpu_s + generator.cpu_s, 1),
        },
    }
    if appraiser:
        stages.tell("stage", f"judging the {_NAME}")
        appraisal = appraiser.appraise(served(recipe, result))
        result["appraisal"] = vars(appraisal)
        before = Appraisal(**saved["appraisal"]) if "appraisal" in saved else appraiser.appraise(served(recipe, saved))
        for when, figures in (("before", before.figures), ("after", appraisal.figures)):
            console.print(f"{when} {_NAME}: {spell(figures)}", highlight=False, soft_wrap=True)
    checkpoints.write(result, run.post_trained)
    return True


def _horizons(settings: PostTraining, options: Options, iteration: int, dataset: Dataset) -> tuple[Horizon, Horizon]:
    """Return where the networks' part ends, and where the generator's does."""
    n_networks, n_generator = settings.after(iteration)
    if dataset.n_classes == 1:  # there is nothing that they could learn to tell apart
        n_networks = 0
    for_networks = settings.budget_share * settings.feature_share
    return (
        options.horizon.share(for_networks, n_networks),
        options.horizon.share(settings.budget_share - for_networks, n_generator),
    )


def _run_through(
    course: AnyPart, part: StagePart, horizon: Horizon, should_stop: Callable[[], bool], console: Console
) -> bool:
    """Run a part of the stage from its last checkpoint on, if that has the same origin; return whether it is done."""
    saved = checkpoints.latest(part.checkpoints)
    if saved and saved["origin"] == course.origin:
        course.load_state_dict(saved)
    else:
        shutil.rmtree(part.folder, ignore_errors=True)
    history.cut(part.history, course.iteration)
    with ProgressHook(console, _NAME) as progress:
        hooks: list[CourseHook[Course]] = [HistoryHook(part, console), CheckpointHook(part), progress]
        try:
            return advance(course, _step, horizon, hooks, should_stop)
        except Diverged as error:
            raise Diverged(f"{_NAME}, {error}; the snapshot of the training stays as it was") from error
        finally:
            stages.tell("progress", "")
            stages.tell("losses", "")


def _step(course: AnyPart, progress: float) -> Figures:
    return course.step(progress)


def _digest(facts: dict[str, Any], *weights: dict[str, Tensor]) -> str:
    """Return a digest of plain values and of weights, which tells whether a part was made from the same ones."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for each in weights:
        for name, weight in each.items():
            digest.update(name.encode() + weight.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
