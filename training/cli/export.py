"""The commands that write exported models: `export`, `variants` and `history`."""

from pathlib import Path

import click

from digitgan.cli.messages import print_note, print_result
from digitgan.cli.startup import loading

from . import options
from .command import TrainingCommand
from .values import ModelPath


@click.command(cls=TrainingCommand, examples="{command} runs/digits --version 2")
@options.run_argument
@options.version_option
@options.root_option
@options.replace_option
@options.data_dir_option
@options.judge_option()
@options.model_name_option
def export(
    run: Path,
    version: str,
    root: Path,
    replaces: bool,
    data_dir: Path | None,
    judge: Path | None,
    model_name: str | None,
) -> None:
    """Export a run's best snapshot for the service.

    The ONNX file is checked against PyTorch, scored by the judges and described by a card.
    """
    export_run(run, version, root, replaces, data_dir, judge, model_name)


@click.command(cls=TrainingCommand, examples="{command} exported/digits/1")
@options.model_argument
@options.root_option
@options.replace_option
@options.model_data_option
@options.data_dir_option
@options.judge_option()
def variants(
    folder: Path, root: Path, replaces: bool, data_name: str | None, data_dir: Path | None, judge: Path | None
) -> None:
    """Make smaller and faster variants of a model.

    MODEL-fp16 and MODEL-int8 are checked, scored and described as an export is.
    """
    with loading():
        from ..judging import data_of_model, judge_of
        from ..revision import read_version
        from ..variants import write_variants

    card, _ = read_version(folder)
    scored_by = judge_of(card.data, data_of_model(card, data_name, data_dir), judge)
    for path in write_variants(folder, root, judge=scored_by, replaces=replaces):
        print_result(str(path))


@click.command(cls=TrainingCommand, examples="{command} runs/mlp --to exported/mlp/1")
@options.run_argument
@click.option(
    "--to",
    "folder",
    type=ModelPath(),
    metavar="MODEL",
    required=True,
    help="The model version that was exported from the run.",
)
def history(run: Path, folder: Path) -> None:
    """Put a run's history into its model's card.

    For versions that were exported before cards held a history. The history is thinned as in an export.
    """
    with loading():
        from digitgan.contract.card import CARD_FILE

        from ..history_export import add_history
        from ..run import Run

    print_note(f"{add_history(folder, Run(run))} points")
    print_result(str(folder / CARD_FILE))


def export_run(
    run: Path,
    version: str,
    root: Path,
    replaces: bool,
    data_dir: Path | None,
    judge: Path | None,
    model_name: str | None,
) -> None:
    """Export a run and print the folder of the model; the parameters are those of `export`."""
    with loading():
        import torch

        from ..export import export
        from ..judging import data_of_run, judge_folder, judge_of, learned_by
        from ..run import Run

    torch.set_num_threads(1)  # the same bytes whatever the number of cores
    folder = Run(run)
    scored_by = judge_of(learned_by(folder), data_of_run(folder, data_dir), judge_folder(folder, judge))
    exported = export(folder, root, version, judge=scored_by, replaces=replaces, model_name=model_name)
    print_result(str(exported))
    print_note(f"to serve it: digitgan serve --models-dir {root} --default-model {exported.parent.name}")
