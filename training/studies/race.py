"""A study: how good a recipe's model is after how many minutes of one processor, trained from scratch each time.

Learning rates fall to 0 at the end of a run, so a point of the curve is a run of its own. A result is kept as a line of
a file, from which the table is written.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console

from digitgan.contract.card import Card, read_card
from digitgan.contract.documents import Shape
from digitgan.contract.files import write_whole

from .. import checkpoints, jsonlines, stages
from ..data import Dataset
from ..errors import RunRefused
from ..export import export
from ..judging import judge_of, learned_by
from ..launch import launch
from ..recipes.recipe import TrainingRecipe
from ..run import Options, Run
from .few import identity

_SHAPE = Shape(n_bytes=2**24, n_lists=2**14, n_objects=2**14, n_items=2**18)  # enough for ten thousand results
_PLACE = re.compile(r"(?<=<!-- speedrun: begin -->\n).*?(?=<!-- speedrun: end -->)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class RaceResult:
    """What a training of one length came to.

    Args:
        recipe: its name.
        seed: of the run.
        data: what `identity` says of the data.
        minutes: of processor time that the run was given.
        cpu_minutes: that it took until its end, with the judge that chose its snapshot.
        iterations: until its best snapshot.
        frechet_distance: of the exported file.
        floor: that of real digits.
        guard_frechet_distance: by the guarding judge; None without one.
        guard_floor: that of real digits; None without one.
        recall: by the selecting judge.
        label_accuracy: by the selecting judge; None for a model without classes.
    """

    recipe: str
    seed: int
    data: str
    minutes: float
    cpu_minutes: float
    iterations: int
    frechet_distance: float
    floor: float
    guard_frechet_distance: float | None
    guard_floor: float | None
    recall: float
    label_accuracy: float | None

    @property
    def floors(self) -> float:
        """The distance in floors, 1 for real digits."""
        return self.frechet_distance / self.floor

    @property
    def guard_floors(self) -> float | None:
        """The same by the guarding judge."""
        return (
            self.guard_frechet_distance / self.guard_floor if self.guard_frechet_distance and self.guard_floor else None
        )


@dataclass(frozen=True, kw_only=True)
class Race:
    """A recipe, the data and the seed of a race, and where it keeps runs and results.

    Args:
        recipe: what is trained.
        data_name: as in `training.data.load`.
        data_dir: as in `training.data.load`.
        dataset: the data of that name.
        seed: of all its runs.
        folder: of the runs.
        results: the file of results.
    """

    recipe: TrainingRecipe
    data_name: str
    data_dir: Path | None
    dataset: Dataset
    seed: int
    folder: Path
    results: Path

    def run(self, minutes: float) -> Run:
        """Return the run of a length."""
        return Run(self.folder / self.recipe.name / f"seed-{self.seed}" / f"{minutes:g}-minutes")

    def known(self, minutes: float) -> RaceResult | None:
        """Return the result of a length, if the file has it."""
        key = (self.recipe.name, self.seed, identity(self.dataset), minutes)
        for each in reversed(read_results(self.results)):
            if (each.recipe, each.seed, each.data, each.minutes) == key:
                return each
        return None


def run_race(race: Race, lengths: Sequence[float], to_floors: float | None, console: Console) -> int:
    """Train and score each length that has no result, shortest first; return the exit code.

    An interrupted run is resumed by the next race in the same folder.

    Args:
        race: what is trained.
        lengths: minutes of processor time.
        to_floors: the race ends at the first length whose distance is at most as many floors, and fails if none is;
            None to run all lengths.
        console: shows what happens.

    Raises:
        TrainingError: a run failed or is refused.
    """
    for minutes in sorted(set(lengths)):
        result = race.known(minutes)
        if result is None:
            options = Options(
                seed=race.seed,
                iterations=None,
                budget_s=None,
                cpu_budget_s=round(60 * minutes, 6),
                threads=1,
                data=race.data_name,
            )
            run = race.run(minutes)
            if status := launch(race.recipe, options, run, data_dir=race.data_dir, resumes=True, console=console):
                return status
            stages.tell("race", f"scoring {minutes:g} minutes")
            result = _score(race, run, minutes)
            jsonlines.append(race.results, asdict(result))
            stages.tell("race", "")
        console.print(
            f"{result.cpu_minutes:.1f} CPU minutes: {result.floors:.2f} floors", highlight=False, soft_wrap=True
        )
        if to_floors is not None and result.floors <= to_floors:
            return 0
    if to_floors is not None:
        raise RunRefused(f"no length reached {to_floors:g} floors; give more --minutes")
    return 0


def _score(race: Race, run: Run, minutes: float) -> RaceResult:
    judge = judge_of(learned_by(run), race.dataset, None)
    folder = export(run, run.folder / "models", "1", judge=judge, replaces=True)
    card, last = read_card(folder), checkpoints.latest(run.checkpoints)
    result = result_of(card, identity(race.dataset), minutes)
    if last is None or card.training is None:
        return result
    after = card.training.post_training
    return replace(result, cpu_minutes=(last["cpu_s"] + (after.cpu_s if after else 0.0)) / 60)


def result_of(card: Card, data: str, minutes: float) -> RaceResult:
    """Return the result of a model that was trained for these minutes, from its card.

    Raises:
        RunRefused: the card lacks the figures.
    """
    distance, guard = card.metrics.get("frechet_distance"), card.metrics.get("guard_frechet_distance")
    if card.training is None or card.recipe is None or distance is None or not distance.floor:
        raise RunRefused(f"the card of {card.model} {card.version} has no training or no Frechet distance with a floor")
    labels = card.metrics.get("label_accuracy")
    return RaceResult(
        recipe=card.recipe.name,
        seed=card.training.seed,
        data=data,
        minutes=minutes,
        cpu_minutes=card.training.cpu_s / 60,
        iterations=card.training.iterations,
        frechet_distance=distance.value,
        floor=distance.floor,
        guard_frechet_distance=guard.value if guard else None,
        guard_floor=guard.floor if guard else None,
        recall=card.metrics["recall"].value,
        label_accuracy=labels.value if labels else None,
    )


def read_results(path: Path) -> list[RaceResult]:
    """Return the results in a file, oldest first; damaged lines are left out and named.

    Raises:
        RunRefused: the file is not a regular file, or larger than any with results.
    """
    return jsonlines.read(path, RaceResult, _SHAPE).values


def table(results: Sequence[RaceResult]) -> str:
    """Return CPU minutes against floors, by data, recipe and length, in Markdown."""
    headings = ("data", "recipe", "seed", "CPU minutes", "iterations", "floors", "guard's floors", "recall", "as asked")
    lines = [f"| {' | '.join(headings)} |", "|---|---" + "|---:" * (len(headings) - 2) + "|"]
    for each in sorted(results, key=lambda one: (one.data, one.recipe, one.cpu_minutes)):
        guard = "" if each.guard_floors is None else f"{each.guard_floors:.2f}"
        labels = "" if each.label_accuracy is None else f"{100 * each.label_accuracy:.2f} %"
        cells = (each.data, f"`{each.recipe}`", str(each.seed), f"{each.cpu_minutes:.1f}", f"{each.iterations:,}")
        lines.append(f"| {' | '.join((*cells, f'{each.floors:.2f}', guard, f'{each.recall:.3f}', labels))} |")
    return "\n".join(lines)


def write_table(results: Path) -> str:
    """Return the table of a file of results, after writing it into the page of the same name, if that has a place."""
    text, page = table(read_results(results)), results.with_suffix(".md")
    written = page.read_text(encoding="utf-8") if page.is_file() else ""
    if _PLACE.search(written):
        write_whole(page, _PLACE.sub(lambda _: f"\n{text}\n\n", written).encode())
    return text
