"""The command that writes every model's figures into the documentation."""

import re
from pathlib import Path
from typing import Annotated

import torch
import typer

from training import data
from training.benchmark.figures import ModelFigures, is_of_mnist, measured, newest, read
from training.benchmark.page import page, short_table
from training.errors import BenchmarkRefused
from training.metrics.reference import load_judges

SERVED = Path("exported")
NOT_SERVED = Path("docs/benchmarks/models")
_PLACE = re.compile(r"(?<=<!-- models: figures -->\n).*?(?=<!-- /models: figures -->)", re.DOTALL)


def command(
    others: Annotated[
        list[Path] | None, typer.Argument(metavar="[MODEL]...", help="More of them: version folders or ONNX files.")
    ] = None,
    to: Annotated[Path, typer.Option(help="The page.")] = Path("docs/benchmarks/quality.md"),
    readme: Annotated[Path, typer.Option(help="Where the served models' short table goes.")] = Path("README.md"),
    served: Annotated[Path, typer.Option(help="Folder of the models that are served.")] = SERVED,
    not_served: Annotated[Path, typer.Option(help="Folder of models that are only measured.")] = NOT_SERVED,
    measure: Annotated[bool, typer.Option(help="Complete the cards that lack figures: minutes each.")] = True,
    data_dir: Annotated[Path | None, typer.Option(help="Folder with MNIST's four IDX files, gzipped or not.")] = None,
) -> None:
    """Write the figures of all models, beside what they should be, into the documentation.

    digitgan benchmark

    digitgan benchmark elsewhere.onnx --to comparison.md
    """
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    if not _PLACE.search(text):
        raise BenchmarkRefused(
            f"{readme}: the comments <!-- models: figures --> and <!-- /models: figures --> are missing"
        )
    first = [path for path in newest(served) if is_of_mnist(path)]
    models = _figures([*first, *filter(is_of_mnist, newest(not_served)), *(others or [])], data_dir, measure=measure)
    _replace(to, page(models))
    _replace(readme, with_short_table(text, models[: len(first)]))
    print(to)  # noqa: T201 - the result


def with_short_table(text: str, models: list[ModelFigures]) -> str:
    """Return a text with the short table of these models between its comments."""
    return _PLACE.sub(lambda _: f"\n{short_table(models)}\n", text)


def _figures(paths: list[Path], data_dir: Path | None, *, measure: bool) -> list[ModelFigures]:
    if not measure:
        return [read(path) for path in paths]
    torch.set_num_threads(1)  # the same reader whatever the number of cores
    dataset, judges = data.load("mnist", data_dir), load_judges()
    return [measured(path, dataset, judges) for path in paths]


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
