"""The commands of studies: `sweep`, `few`, `stacks` and `speedrun`."""

import itertools
import json
from dataclasses import asdict
from pathlib import Path

import click

from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading
from digitgan.cli.values import Decimal, Integer

from .. import stages
from ..choices import RACE_FILE
from . import options
from .command import TrainingCommand, stderr_console
from .values import ProcessorCount, RecipeList, RecipeName, SeedList


@click.command(cls=TrainingCommand, examples="{command} --recipes mlp,lsgan --seeds 1,2,3 --budget 5m")
@click.option("--recipes", type=RecipeList(), required=True, help="Recipes, separated by commas.")
@click.option("--seeds", type=SeedList(), default="1,2,3", help="SeedList, separated by commas.")
@options.iterations_option
@options.budget_option()
@click.option("--jobs", type=ProcessorCount(), show_default="the available processors", help="Runs at a time.")
@options.data_option()
@options.data_dir_option
@click.option("--to", type=options.FOLDER, metavar="FOLDER", default="runs/sweep", help="Folder of the runs.")
def sweep(
    recipes: list[str],
    seeds: list[int],
    iterations: int | None,
    budget: float | None,
    jobs: int | None,
    data_name: str,
    data_dir: Path | None,
    to: Path,
) -> int:
    """Train several recipes with several seeds.

    Each run has one thread. Prints median and spread of the judge's scores. Ctrl-C stops all runs. The same command
    resumes them, and repeats none that is done.
    """
    if iterations is None and budget is None:
        raise click.UsageError("--iterations or --budget is required, or both: they say where the runs end")
    with loading():
        from rich.console import Console

        from digitgan.engine.cpus import available_cpus

        from .. import data
        from ..lock import locked
        from ..recipes import catalogue
        from ..studies.sweep import Sweep, Terms, Trial, check_comparable, run_trials

    check_comparable([catalogue.find(name) for name in recipes], data.load(data_name, data_dir))
    trials = list(dict.fromkeys(Trial(name, number) for number in seeds for name in recipes))
    with locked(to, "--to"):
        folder = Sweep(to, Terms(iterations=iterations, budget_s=budget, data=data_name), data_dir)
        status = run_trials(folder, trials, jobs or available_cpus(), stderr_console())
    if folder.path.exists():
        Console(highlight=False).print(folder.table())
        print_result(str(folder.path))
    return status


@click.command(cls=TrainingCommand, examples="{command} --digits 100 --seeds 3")
@click.option(
    "--digits",
    "numbers",
    type=Integer(10),
    multiple=True,
    show_default="100, 300 and 1,000",
    help="Number of real digits, a multiple of ten; may be given several times.",
)
@click.option("--seeds", type=Integer(1), default=3, help="Trials of each number, each with other real digits.")
@click.option("--iterations", type=Integer(1), default=1_500, help="Most iterations of each generator's training.")
@click.option("--minutes", type=Decimal(0.01), help="Most minutes of each generator's training.")
@click.option(
    "--results",
    type=options.FOLDER,
    metavar="FILE",
    default="runs/few.jsonl",
    help="Keeps the trials; those in it are not run again.",
)
@options.data_option("mnist, or sample.")
@options.data_dir_option
def few(
    numbers: tuple[int, ...],
    seeds: int,
    iterations: int,
    minutes: float | None,
    results: Path,
    data_name: str,
    data_dir: Path | None,
) -> None:
    """Show what generated digits are worth to a reader.

    The reader learns from few real digits, without and with generated ones. Prints a line of JSON
    for each trial, then a table.
    """
    numbers = numbers or (100, 300, 1000)
    if odd := [number for number in numbers if number % 10]:
        raise click.UsageError(f"--digits: {odd[0]} is not a multiple of ten")
    with loading():
        import torch

        from .. import data
        from ..studies.few import identity, keep_result, read_results, run_trial, table

    torch.set_num_threads(1)  # the same figures whatever the number of cores
    dataset = data.load(data_name, data_dir)
    limits = (iterations, minutes)
    kept = {(each.data, each.n_digits, each.seed, each.limits): each for each in read_results(results)}
    trials = []
    for number, seed in itertools.product(numbers, range(1, seeds + 1)):
        trial = kept.get((identity(dataset), number, seed, limits))
        if trial is None:
            stages.tell("trial", f"{number} digits, seed {seed}")
            trial = run_trial(dataset, number, seed, limits)
            keep_result(trial, results)
        trials.append(trial)
        click.echo(json.dumps(asdict(trial)))
    click.echo(f"test digits read right, %: median (least to most)\n\n{table(trials)}", err=True)


@click.command(cls=TrainingCommand, examples="{command} runs/stacked")
@options.run_argument
@options.judge_option()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a sentence.")
def stacks(run: Path, judge: Path | None, as_json: bool) -> None:
    """Count the modes of stacked digits that a run covers.

    Draws 26,000 stacks of three digits, which takes a minute, and counts how many of the 1,000 numbers they show, and
    how evenly.
    """
    with loading():
        import torch

        from ..export import best_generator
        from ..judging import judge_folder
        from ..metrics import classes
        from ..metrics.reference import required_judges
        from ..run import Run
        from ..studies.stacks import score

    torch.set_num_threads(1)
    folder = Run(run)
    judges = required_judges(folder.read()["data"]["sha256"], judge_folder(folder, judge))
    spread = score(best_generator(folder), judges.selecting, classes.N_STACKS)
    if as_json:
        print_result(json.dumps(asdict(spread)))
        return
    even = (classes.N_MODES - 1) / (2 * classes.N_STACKS)
    print_result(
        f"{spread.n_covered:,} of {classes.N_MODES:,} modes in {classes.N_STACKS:,} stacks; divergence from even modes "
        f"{spread.divergence:.3f} nats, of which chance alone gives {even:.3f}"
    )


@click.command(
    cls=TrainingCommand,
    examples="""
    {command}
    {command} --minutes 10 --minutes 40 --seed 2
    {command} --to-floors 1.1
    """,
)
@click.option("--recipe", type=RecipeName(), default="digits", help="Name of a recipe.")
@click.option(
    "--minutes",
    "lengths",
    type=Decimal(0.01),
    multiple=True,
    show_default="5, 10, 20 and 40",
    help="Minutes of processor time of a training from scratch; may be given several times.",
)
@click.option(
    "--to-floors", type=Decimal(0.01), help="End at the first length with at most this distance; fail if none has."
)
@options.seed_option
@options.data_option("mnist, or sample.")
@options.data_dir_option
@click.option("--runs", type=options.FOLDER, metavar="FOLDER", default="runs/speedrun", help="Folder of the runs.")
@options.file_option(
    None,
    "Keeps the results, and those in it are not measured again; the table goes into the page of the same name.",
    show_default=f"{RACE_FILE} in a checkout, else {RACE_FILE.name}",
)
def speedrun(
    recipe: str,
    lengths: tuple[float, ...],
    to_floors: float | None,
    seed: int,
    data_name: str,
    data_dir: Path | None,
    runs: Path,
    to: Path | None,
) -> int:
    """Show how good a recipe gets in how little time.

    Trains from scratch for each length, exports and scores the model, and prints CPU minutes against floors: Frechet
    distances in multiples of real digits'. Ctrl-C saves the run, and the same command resumes it.
    """
    with loading():
        from .. import data
        from ..lock import locked
        from ..recipes import catalogue
        from ..studies.race import Race, run_race, write_table
        from ..studies.sweep import check_comparable

    results = to or (RACE_FILE if RACE_FILE.parent.is_dir() else Path(RACE_FILE.name))
    dataset, chosen = data.load(data_name, data_dir), catalogue.find(recipe)
    check_comparable([chosen], dataset)
    race = Race(
        recipe=chosen,
        data_name=data_name,
        data_dir=data_dir,
        dataset=dataset,
        seed=seed,
        folder=runs,
        results=results,
    )
    try:
        with locked(runs, "--runs"):
            return run_race(race, lengths or (5, 10, 20, 40), to_floors, stderr_console())
    finally:
        print_result(write_table(results))
