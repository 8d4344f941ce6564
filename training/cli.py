"""Knows the commands: train, judge, evaluate, export and the rest. Parses, calls, turns errors into exit codes.

Does not know how any of it works. Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted, 143 terminated.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from digitgan.contract import card as cards
from training import data, evaluate, history_export, words
from training.benchmark import command as benchmark
from training.device import DeviceName
from training.drawing import sheets
from training.drawing.curves import write_curves
from training.drawing.guide import write_guide
from training.errors import TrainingError
from training.export import best_generator, check_free, check_servable, export
from training.judging import check_data, judge_folder, judge_of
from training.latents import encoder_export, truncation
from training.latents.encoder import DEFAULT_ITERATIONS, learn
from training.launch import launch
from training.metrics import calibration, judge_training
from training.metrics.reference import judges_for, required_judges
from training.parallel.team import is_first_process
from training.recipes import catalogue
from training.report import write_report
from training.revision import read_version
from training.run import Options, Run
from training.schedules import Horizon
from training.studies import few, stacks
from training.studies.sweep import Sweep, Terms, Trial, check_comparable, processors, run_trials
from training.variants import write_variants
from training.watch.progress import spell

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=True, quiet=not is_first_process())


@app.callback()
def _commands() -> None:
    """Train digit generators and export them for the service."""


class Resume(StrEnum):
    """What to do with a run folder that holds a run."""

    AUTO = "auto"
    NEVER = "never"


RecipeName = Annotated[
    str,
    typer.Argument(
        parser=words.recipe_name,
        metavar="RECIPE",
        help=f"One of {', '.join(catalogue.RECIPES)}.",
        show_default=False,
    ),
]
RunFolder = Annotated[Path, typer.Argument(help="Run folder.", show_default=False)]
DataName = Annotated[str, typer.Option("--data", help=data.HELP)]
DataDir = Annotated[Path | None, typer.Option(help="Folder with MNIST's four IDX files, gzipped or not.")]
Iterations = Annotated[
    int | None, typer.Option(min=0, show_default="the recipe's, or the budget", help="Where to end.")
]
Budget = Annotated[
    float | None, typer.Option(parser=words.duration, metavar="TIME", help="Time to spend: 90s, 60m, 1.5h.")
]
Seed = Annotated[int, typer.Option(min=0, help="Decides weights, data order and latents.")]
RunOption = Annotated[Path | None, typer.Option("--run", show_default="runs/RECIPE", help="Run folder.")]
ResumeOption = Annotated[
    Resume, typer.Option(help="auto goes on from the last checkpoint; never refuses a used folder.")
]
Watch = Annotated[bool, typer.Option(help="Have the judge look at each checkpoint: keep the best, notice collapse.")]
JudgeFolder = Annotated[
    Path | None,
    typer.Option(
        "--judge", show_default="the run's, or MNIST's", help="Folder of judges that learned from these data."
    ),
]
Board = Annotated[
    bool, typer.Option("--tensorboard", help="Write figures and sheets for TensorBoard into the run folder.")
]
TeacherDir = Annotated[
    Path | None, typer.Option("--teacher", help="Exported model that digits-small learns from: exported/digits/1.")
]
Threads = Annotated[int, typer.Option(min=1, help="Of torch.")]
DeviceOption = Annotated[DeviceName, typer.Option("--device", help="auto takes CUDA where there is, in bfloat16.")]
Version = Annotated[
    str,
    typer.Option("--version", parser=words.version, metavar="NUMBER", help="Of the model, a whole number from 1."),
]
ModelName = Annotated[
    str | None,
    typer.Option("--model", parser=words.model_name, metavar="NAME", show_default="the recipe's", help="Name it."),
]
Root = Annotated[Path, typer.Option("--to", help="Folder of the models.")]
Replace = Annotated[bool, typer.Option("--replace", help="Put it in the place of a version that is there.")]


@app.command()
def train(
    recipe: RecipeName,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
    iterations: Iterations = None,
    budget: Budget = None,
    seed: Seed = 1,
    run: RunOption = None,
    resume: ResumeOption = Resume.AUTO,
    threads: Threads = 1,
    watch: Watch = True,
    judge: JudgeFolder = None,
    tensorboard: Board = False,
    device: DeviceOption = DeviceName.AUTO,
    teacher: TeacherDir = None,
) -> None:
    """Train a generator, or go on with a run that was cut off.

    Ctrl-C ends the iteration, saves and exits; the same command goes on from there.

        digitgan train mlp --data sample --iterations 2000

        digitgan train digits --budget 60m

        digitgan train digits-small --teacher exported/digits/1 --budget 30m
    """
    options = Options(
        seed=seed,
        iterations=iterations,
        budget_s=budget,
        threads=threads,
        data=data_name,
        judge=str(judge) if judge else None,
        device=device,
    )
    code = launch(
        catalogue.find(recipe),
        options,
        Run(run or Path("runs") / recipe),
        data_dir=data_dir,
        teacher_dir=teacher,
        resumes=resume is Resume.AUTO,
        console=console,
        watches=watch,
        shows_board=tensorboard,
    )
    if code:
        raise typer.Exit(code)


@app.command("export")
def export_run(
    run: RunFolder,
    version: Version = "1",
    root: Root = Path("exported"),
    replace_it: Replace = False,
    data_dir: DataDir = None,
    judge: JudgeFolder = None,
    model: ModelName = None,
) -> None:
    """Export a run's best snapshot to ONNX, checked, judged and carded, for the service to load.

    digitgan export runs/digits --version 2
    """
    torch.set_num_threads(1)  # the same bytes whatever the number of cores
    folder = Run(run)
    judge = judge_folder(folder, judge)
    dataset = data.load(folder.options().data, data_dir)
    print(  # noqa: T201 - the result
        export(folder, root, version, judge=judge_of(dataset, judge), replaces=replace_it, model_name=model)
    )


@app.command()
def variants(
    model: Annotated[Path, typer.Argument(help="Folder of an exported version, for example exported/digits/1.")],
    root: Root = Path("exported"),
    replace_it: Replace = False,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
    judge: JudgeFolder = None,
) -> None:
    """Make smaller and faster variants of an exported model, MODEL-fp16 and MODEL-int8, checked, judged and carded.

    digitgan variants exported/digits/1
    """
    dataset = data.load(data_name, data_dir)
    check_data(read_version(model)[0], dataset)
    for path in write_variants(model, root, judge=judge_of(dataset, judge), replaces=replace_it):
        print(path)  # noqa: T201 - the result


@app.command()
def sheet(
    run: RunFolder,
    to: Annotated[Path, typer.Option(help="PNG file.")] = Path("sheet.png"),
    rows: Annotated[int, typer.Option("--side", min=1, help="Rows; a class a column, or as many columns.")] = 10,
) -> None:
    """Draw pictures of fixed seeds with a run's best snapshot.

    digitgan sheet runs/digits --to sheet.png
    """
    generator = best_generator(Run(run))
    sheets.write_sheet(sheets.draw(generator, rows), sheets.n_columns(rows, generator.n_classes), to)
    print(to)  # noqa: T201 - the result


@app.command()
def curves(run: RunFolder, to: Annotated[Path, typer.Option(help="SVG file.")] = Path("curves.svg")) -> None:
    """Draw a run's losses and the discriminator's accuracy.

    digitgan curves runs/digits --to curves.svg
    """
    write_curves(Run(run).history, to)
    print(to)  # noqa: T201 - the result


@app.command()
def report(
    run: RunFolder,
    to: Annotated[Path | None, typer.Option(show_default="report.html in the run folder", help="HTML file.")] = None,
    data_dir: DataDir = None,
    judge: JudgeFolder = None,
) -> None:
    """Write a run's report: one page with its digits, curves, time-lapse, and the theory with its own figures.

    digitgan report runs/digits
    """
    folder = Run(run)
    page = to or folder.report
    dataset = data.load(folder.options().data, data_dir)
    judges = judges_for(dataset.sha256, judge_folder(folder, judge))
    write_report(folder, dataset, page, judge=judges.selecting if judges else None)
    print(page)  # noqa: T201 - the result


@app.command()
def guide(
    run: RunFolder, to: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/guide/images")
) -> None:
    """Draw the pictures of docs/guide from a run of the recipe mlp.

    digitgan guide runs/mlp
    """
    for path in write_guide(Run(run), to):
        print(path)  # noqa: T201 - the result


app.command("history")(history_export.command)
app.command("evaluate")(evaluate.command)
app.command("judge")(judge_training.command)
app.command("stacks")(stacks.command)
app.command("calibrate")(calibration.command)
app.command("benchmark")(benchmark.command)
app.command("few")(few.command)
app.command("truncation")(truncation.command)


@app.command()
def encoder(
    run: RunFolder,
    folder: Annotated[Path, typer.Option("--to", help="The model version that was exported from the run.")],
    data_dir: DataDir = None,
    judge: JudgeFolder = None,
    iterations: Annotated[
        int | None, typer.Option(min=1, show_default=f"{DEFAULT_ITERATIONS:,}, or the budget", help="Where to end.")
    ] = None,
    budget: Budget = None,
    seed: Seed = 1,
) -> None:
    """Teach an encoder to turn pictures into latents of an exported model, and put it into the model's folder.

    Ctrl-C leaves the folder as it was.

        digitgan encoder runs/digits --to exported/digits/1 --budget 10m
    """
    torch.set_num_threads(1)  # the same weights whatever the number of cores
    horizon = Horizon(iterations if iterations or budget else DEFAULT_ITERATIONS, budget)
    source = Run(run)
    generator = encoder_export.generator_of(folder, source)
    dataset = data.load(source.options().data, data_dir)
    reader = required_judges(dataset.sha256, judge_folder(source, judge)).selecting  # refuses before minutes are spent
    network, facts = learn(generator, dataset, horizon, seed=seed, on_iteration=_show)
    console.print(encoder_export.table(encoder_export.add_encoder(folder, network, facts, dataset, reader)))
    print(folder / cards.ENCODER_FILE)  # noqa: T201 - the result


def _show(iteration: int, losses: dict[str, float]) -> None:
    if iteration % 100 == 0:
        console.print(f"iteration {iteration:6d}  {spell(losses)}", highlight=False, soft_wrap=True)


@app.command("run")
def run_all(
    recipe: RecipeName,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
    iterations: Iterations = None,
    budget: Budget = None,
    seed: Seed = 1,
    run: RunOption = None,
    resume: ResumeOption = Resume.AUTO,
    threads: Threads = 1,
    watch: Watch = True,
    judge: JudgeFolder = None,
    tensorboard: Board = False,
    device: DeviceOption = DeviceName.AUTO,
    teacher: TeacherDir = None,
    version: Version = "1",
    root: Root = Path("exported"),
    replace_it: Replace = False,
    model: ModelName = None,
) -> None:
    """Train, then export: from real images to a model that the service loads.

    digitgan run digits --budget 60m --version 2

    digitgan run digits --data fashion --judge judges --model fashion
    """
    check_servable(catalogue.find(recipe))
    check_free(root / (model or recipe) / version, replace_it)
    train(
        recipe=recipe,
        data_name=data_name,
        data_dir=data_dir,
        iterations=iterations,
        budget=budget,
        seed=seed,
        run=run,
        resume=resume,
        threads=threads,
        watch=watch,
        judge=judge,
        tensorboard=tensorboard,
        device=device,
        teacher=teacher,
    )
    if is_first_process():
        export_run(run or Path("runs") / recipe, version, root, replace_it, data_dir, judge, model)


@app.command()
def sweep(
    recipes: Annotated[str, typer.Option(help=f"Separated by commas: {', '.join(catalogue.RECIPES)}.")],
    seeds: Annotated[str, typer.Option(help="Separated by commas.")] = "1,2,3",
    iterations: Iterations = None,
    budget: Budget = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, show_default="the processors there are", help="Runs at a time.")
    ] = None,
    data_name: DataName = "mnist",
    data_dir: DataDir = None,
    to: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/sweep"),
) -> None:
    """Train each recipe with each seed, on one thread each; print median and spread of what the judge makes of them.

    Ctrl-C stops all of them; the same command goes on, and repeats none that is done.

        digitgan sweep --recipes mlp,lsgan --seeds 1,2,3 --budget 5m
    """
    names = [words.recipe_name(name.strip()) for name in recipes.split(",")]
    numbers = words.whole_numbers(seeds)
    if iterations is None and budget is None:
        raise typer.BadParameter("say where the runs end: --iterations, --budget or both")
    check_comparable([catalogue.find(name) for name in names], data.load(data_name, data_dir))
    trials = list(dict.fromkeys(Trial(name, number) for number in numbers for name in names))
    folder = Sweep(to, Terms(iterations=iterations, budget_s=budget, data=data_name), data_dir)
    code = run_trials(folder, trials, jobs or processors(), console)
    if folder.path.exists():
        Console(highlight=False).print(folder.table())
        print(folder.path)  # noqa: T201 - the result
    if code:
        raise typer.Exit(code)


def main(arguments: Sequence[str] | None = None, program: str = "python -m training") -> None:
    """Run a command; print what training, or the file system, refuses as one line.

    Args:
        arguments: what was typed; default: this process's.
        program: what help calls it.
    """
    try:
        app(args=arguments, prog_name=program)
    except (TrainingError, OSError) as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from error
