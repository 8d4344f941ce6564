"""The commands that show a run: `report`, `sheet`, `curves` and `guide`."""

from pathlib import Path

import click

from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading
from digitgan.cli.values import Integer

from . import options
from .command import TrainingCommand


@click.command(cls=TrainingCommand, examples="{command} runs/digits")
@options.run_argument
@options.file_option(None, "HTML file.", show_default="report.html in the run's folder")
@options.data_dir_option
@options.judge_option()
def report(run: Path, to: Path | None, data_dir: Path | None, judge: Path | None) -> None:
    """Write a run's report as one page.

    It shows the run's digits, curves and time-lapse, and the theory with the run's own figures.
    """
    with loading():
        from ..judging import data_of_run, judge_folder
        from ..metrics.reference import judges_for
        from ..report import write_report
        from ..run import Run

    folder = Run(run)
    page = to or folder.report
    dataset = data_of_run(folder, data_dir)
    judges = judges_for(dataset.sha256, judge_folder(folder, judge))
    write_report(folder, dataset, page, judge=judges.selecting if judges else None)
    print_result(str(page))


@click.command(cls=TrainingCommand, examples="{command} runs/digits --to sheet.png")
@options.run_argument
@options.file_option("sheet.png", "PNG file.")
@click.option(
    "--side",
    type=Integer(1),
    default=10,
    help="Rows. Each class has a column; without classes, there are as many columns as rows.",
)
def sheet(run: Path, to: Path, side: int) -> None:
    """Draw digits of fixed seeds with a run's best snapshot."""
    with loading():
        from ..drawing import sheets
        from ..export import best_generator
        from ..run import Run

    generator = best_generator(Run(run))
    sheets.write_sheet(sheets.draw(generator, side), sheets.n_columns(side, generator.n_classes), to)
    print_result(str(to))


@click.command(cls=TrainingCommand, examples="{command} runs/digits --to curves.svg")
@options.run_argument
@options.file_option("curves.svg", "SVG file.")
def curves(run: Path, to: Path) -> None:
    """Draw a run's losses and the discriminator's accuracy."""
    with loading():
        from ..drawing.curves import write_curves
        from ..run import Run

    write_curves(Run(run).history, to)
    print_result(str(to))


@click.command(cls=TrainingCommand, examples="{command} runs/mlp")
@options.run_argument
@click.option(
    "--to", type=options.FOLDER, metavar="FOLDER", default="docs/guide/images", help="Folder of the pictures."
)
def guide(run: Path, to: Path) -> None:
    """Draw the pictures of docs/guide from a run of the recipe mlp."""
    with loading():
        from ..drawing.guide import write_guide
        from ..run import Run

    for path in write_guide(Run(run), to):
        print_result(str(path))
