"""A study: compares recipes over seeds, with a run for each, and reports median and spread.

Each run is the command ``train`` in a process with one thread; several run at a time. One run of a GAN says little,
because two seeds may differ by more than two recipes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from pydantic import BaseModel, Field
from rich.console import Console
from rich.table import Table

from digitgan.cli.messages import print_note
from digitgan.contract.documents import BadDocument, Shape, read_json
from digitgan.contract.files import set_aside, write_whole
from digitgan.contract.words import counted

from .. import checkpoints, stages
from ..data import Dataset
from ..errors import RunRefused
from ..export import recipe_of
from ..metrics.reference import judges_for
from ..recipes.recipe import TrainingRecipe
from ..run import Run, software
from ..state import Figures
from ..watch.progress import spell, spell_value
from ..watch.signals import StopRequest

_LOOK_EVERY_S = 0.2
# --threads sets torch's threads; these set those of numpy's linear algebra in the judge.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Summary = dict[str, dict[str, Figures]]  # recipe -> figure -> median, least, most


@dataclass(frozen=True)
class Trial:
    """One recipe with one seed.

    Args:
        recipe: its name.
        seed: of the run.
    """

    recipe: str
    seed: int

    def __str__(self) -> str:
        return f"{self.recipe}, seed {self.seed}"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The settings that all runs of a sweep must share for their figures to be comparable.

    Args:
        iterations: where each ends; None for no limit.
        budget_s: seconds after which each ends; None for no limit.
        data: the data set's name.
    """

    iterations: int | None
    budget_s: float | None
    data: str


def check_comparable(recipes: Sequence[TrainingRecipe], dataset: Dataset) -> None:
    """Raise RunRefused, before hours are spent, if the judge cannot score a recipe or a recipe needs a teacher."""
    if judges_for(dataset.sha256) is None:
        raise RunRefused(f"a sweep compares runs by the shipped judge, which does not read {dataset.name!r}")
    for recipe in recipes:
        if recipe.stacks_digits:
            raise RunRefused(f"recipe {recipe.name!r} draws stacks, which the judge does not read")
        if recipe.distillation:
            raise RunRefused(f"recipe {recipe.name!r} needs a teacher, which a sweep does not have")


class _Entry(BaseModel):
    trial: Trial
    iteration: Annotated[int, Field(ge=0)]
    figures: Figures


class _Results(BaseModel):
    terms: dict[str, Any]
    runs: list[_Entry]


_SHAPE = Shape(n_bytes=2**24, n_lists=2**14, n_objects=2**16, n_items=2**18)  # enough for ten thousand runs


class Sweep:
    """A folder with a run for each trial, and ``sweep.json`` with the results of those that are complete.

    A damaged ``sweep.json`` is kept beside the folder's new one: the results are taken again from the runs.

    Args:
        folder: need not exist yet.
        terms: of all runs in it.
        data_dir: where the data are; None for the places that `training.data.load` searches.

    Raises:
        RunRefused: the folder has results with other terms, which would be compared with these; the message names them.
    """

    def __init__(self, folder: Path, terms: Terms, data_dir: Path | None = None) -> None:
        self.path = folder / "sweep.json"
        self._folder = folder
        self._terms = asdict(terms)
        self._data_dir = data_dir
        self._done: list[dict[str, Any]] = []
        if self.path.exists():
            try:
                earlier = read_json(self.path, _Results, _SHAPE)
            except BadDocument as error:
                kept = set_aside(self.path)
                print_note(f"{self.path}: {error}; results are taken again from the runs, and {kept} keeps the file")
                return
            self._check_terms(folder, earlier.terms)
            self._done = [each.model_dump() for each in earlier.runs]

    def run(self, trial: Trial) -> Run:
        """Return a trial's run."""
        return Run(self._folder / trial.recipe / f"seed-{trial.seed}")

    def log(self, trial: Trial) -> Path:
        """Return the path of the output of a trial's process."""
        return self._folder / trial.recipe / f"seed-{trial.seed}.log"

    def command(self, trial: Trial) -> list[str]:
        """Return the command that starts or resumes a trial's run."""
        options = {
            "--seed": trial.seed,
            "--run": self.run(trial).folder,
            "--data": self._terms["data"],
            "--data-dir": self._data_dir,
            "--iterations": self._terms["iterations"],
            "--budget": self._terms["budget_s"] and f"{self._terms['budget_s']}s",
            "--threads": 1,
            "--device": "cpu",
        }
        arguments = [part for name, value in options.items() if value is not None for part in (name, str(value))]
        return [sys.executable, "-m", "digitgan", "train", trial.recipe, *arguments]

    def is_done(self, trial: Trial) -> bool:
        """Return whether a trial's run is complete, with the post-training that its recipe has now.

        Raises:
            RunRefused: it is, but its recipe has changed since; or it was trained with other terms.
        """
        run = self.run(trial)
        for start in run.read()["starts"] if run.exists else []:
            self._check_terms(run.folder, start.get("options", self._terms))
        if asdict(trial) not in [entry["trial"] for entry in self._done]:
            return False
        return recipe_of(run).post_training is None or run.post_trained.exists()

    def _check_terms(self, folder: Path, earlier: dict[str, Any]) -> None:
        """Raise RunRefused if what a folder holds came from other terms than this sweep's."""
        if others := [
            f"{name}: {earlier.get(name)}, not {term}"
            for name, term in self._terms.items()
            if earlier.get(name) != term
        ]:
            raise RunRefused(
                f"{folder}: was trained on other terms ({'; '.join(others)}), so its figures cannot be compared with "
                "these; name another folder with --to"
            )

    def note(self, trial: Trial) -> Figures:
        """Record the judge's figures of the snapshot that an export of a complete run takes, and return them.

        Raises:
            RunRefused: there is no readable snapshot.
        """
        run = self.run(trial)
        best = checkpoints.read(run.post_trained) or checkpoints.read(run.best)
        if best is None or "appraisal" not in best:
            raise RunRefused(f"{run.best}: the snapshot is missing or damaged")
        figures = {name: value for name, value in best["appraisal"].items() if value is not None}
        self._done = [entry for entry in self._done if entry["trial"] != asdict(trial)]
        self._done.append({"trial": asdict(trial), "iteration": best["iteration"], "figures": figures})
        content = {"terms": self._terms, "recipes": self.summary(), "runs": self._done, "software": software()}
        write_whole(self.path, json.dumps(content, indent=2).encode() + b"\n")
        return figures

    def summary(self) -> Summary:
        """Return median, minimum and maximum of the judge's figures of each recipe, over the complete runs."""
        runs: dict[str, list[Figures]] = {}
        for entry in self._done:
            runs.setdefault(entry["trial"]["recipe"], []).append(entry["figures"])
        return {
            recipe: {name: _spread([each[name] for each in figures]) for name in figures[0]}
            for recipe, figures in runs.items()
        }

    def table(self) -> Table:
        """Return a row for each recipe: the median of each figure, with minimum and maximum in brackets."""
        summary = self.summary()
        names = list(dict.fromkeys(name for figures in summary.values() for name in figures))
        rows = Table("recipe", "seeds", *(name.replace("_", " ") for name in names))
        for recipe, figures in summary.items():
            n_seeds = sum(entry["trial"]["recipe"] == recipe for entry in self._done)
            rows.add_row(recipe, str(n_seeds), *(_cell(name, figures.get(name)) for name in names))
        return rows


def run_trials(sweep: Sweep, trials: Sequence[Trial], jobs: int, console: Console) -> int:
    """Run the trials that are not complete, several at a time; return the exit code, 0 if all are complete.

    The first Ctrl-C, SIGTERM or SIGHUP is passed on: each run saves its state, and the same sweep resumes from it. The
    second one kills the runs.

    Args:
        sweep: keeps the runs.
        trials: in the order of their start.
        jobs: runs at a time, at least 1.
        console: shows when runs start and end.

    Raises:
        RunRefused: a trial is complete, but its recipe has changed since; or a run was trained with other terms.
    """
    waiting = [trial for trial in trials if not sweep.is_done(trial)]
    console.print(
        f"{len(trials)} runs, {len(trials) - len(waiting)} of them done before, {jobs} at a time", highlight=False
    )
    has_failed = is_stopping = False
    with StopRequest() as stop, _processes() as running:
        while running or (waiting and not stop()):
            while waiting and len(running) < jobs and not stop():
                trial = waiting.pop(0)
                running[_start(sweep, trial)] = trial
                console.print(f"{trial}: started", highlight=False)
            n_done = len(trials) - len(waiting) - len(running)
            stages.tell("sweep", f"{len(running)} in progress, {n_done} of {counted(len(trials), 'run')} ended")
            time.sleep(_LOOK_EVERY_S)
            if stop() and not is_stopping:
                is_stopping = True
                for process in running:
                    process.terminate()
            for process in [process for process in running if process.poll() is not None]:
                trial = running.pop(process)
                if process.returncode == 0:
                    has_failed |= not _note(sweep, trial, console)
                elif stop():
                    console.print(f"{trial}: stopped", highlight=False)
                else:
                    has_failed = True
                    text = f"{trial}: failed with status {process.returncode}; see {sweep.log(trial)}"
                    console.print(text, style="red", highlight=False, soft_wrap=True)
    return stop.exit_code or int(has_failed)


def _note(sweep: Sweep, trial: Trial, console: Console) -> bool:
    """Record and show the result of a complete run; return whether it has one. The others go on in any case."""
    try:
        figures = sweep.note(trial)
    except RunRefused as error:
        console.print(f"{trial}: failed: {error}", style="red", highlight=False, soft_wrap=True)
        return False
    console.print(f"{trial}: done  {spell(figures)}", highlight=False, soft_wrap=True)
    return True


@contextmanager
def _processes() -> Iterator[dict[subprocess.Popen[bytes], Trial]]:
    """Yield an empty table of processes; those in it at the end are killed."""
    running: dict[subprocess.Popen[bytes], Trial] = {}
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def _start(sweep: Sweep, trial: Trial) -> subprocess.Popen[bytes]:
    """Start a trial's process in its own group, so that a terminal's Ctrl-C does not also reach it directly."""
    sweep.log(trial).parent.mkdir(parents=True, exist_ok=True)
    with sweep.log(trial).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - this program, with validated options
            sweep.command(trial), stdout=log, stderr=log, env=os.environ | _ONE_THREAD, process_group=0
        )


def _spread(values: list[float]) -> Figures:
    return {"median": median(values), "least": min(values), "most": max(values)}


def _cell(name: str, spread: Figures | None) -> str:
    if spread is None:
        return ""
    least, most = spell_value(name, spread["least"]), spell_value(name, spread["most"])
    return f"{spell_value(name, spread['median'])} ({least} to {most})"
