"""How every model's figures get into the documentation."""

import re
from collections.abc import Sequence, Set
from pathlib import Path

import torch

from digitgan.contract.card import MODEL_FILE
from digitgan.contract.files import write_whole

from .. import data
from ..errors import BenchmarkRefused
from ..metrics.generators import ForeignHints
from ..metrics.reference import load_judges
from .figures import ModelFigures, is_of_mnist, measured, newest, read
from .page import page, short_table

_PLACE = re.compile(r"(?<=<!-- models: figures -->\n).*?(?=<!-- /models: figures -->)", re.DOTALL)


def write_figures(
    others: Sequence[Path],
    *,
    to: Path,
    readme: Path | None,
    served: Path,
    not_served: Path,
    measure: bool,
    data_dir: Path | None,
    hints: ForeignHints | None = None,
) -> None:
    """Write the figures of all models, beside their targets, into a page, and a short table into the README.

    Args:
        others: more models: version folders or ONNX files.
        to: the page.
        readme: where the short table of the served models goes; None for README.md, if it has a place for the table.
        served: folder of the models that are served.
        not_served: folder of models that are only measured. A checkout has their cards and not their files, so a card
            without its file stays as it is.
        measure: complete the cards that lack figures.
        data_dir: folder with MNIST's files; None to look where `training.data.load` says.
        hints: for the foreign generators among the others.

    Raises:
        BenchmarkRefused: a README was named and has no place for the table.
        DataRefused: a card lacks figures, and its model learned from other data than MNIST.
        NotScorable: a model cannot be scored.
    """
    is_named, readme = readme is not None, readme or Path("README.md")
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    has_place = _PLACE.search(text) is not None
    if is_named and not has_place:
        raise BenchmarkRefused(
            f"{readme}: the comments <!-- models: figures --> and <!-- /models: figures --> are missing"
        )
    first = [path for path in newest(served) if is_of_mnist(path)]
    second = [path for path in newest(not_served) if is_of_mnist(path)]
    lasting = {path for path in second if not (path / MODEL_FILE).is_file()}
    models = _figures([*first, *second, *others], lasting, data_dir, hints, measure=measure)
    write_whole(to, page(models).encode())
    if has_place:
        write_whole(readme, with_short_table(text, models[: len(first)]).encode())


def with_short_table(text: str, models: list[ModelFigures]) -> str:
    """Return a text with the short table of these models between its comments."""
    return _PLACE.sub(lambda _: f"\n{short_table(models)}\n", text)


def _figures(
    paths: list[Path], lasting: Set[Path], data_dir: Path | None, hints: ForeignHints | None, *, measure: bool
) -> list[ModelFigures]:
    if not measure or lasting >= set(paths):
        return [read(path) for path in paths]
    torch.set_num_threads(1)  # the same reader whatever the number of cores
    dataset, judges = data.load("mnist", data_dir), load_judges()
    return [read(path) if path in lasting else measured(path, dataset, judges, hints) for path in paths]
