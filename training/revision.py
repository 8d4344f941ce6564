"""Adds something to a model version that already has a folder: in a copy, which then replaces the folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitgan.contract.card import Card, read_card, read_model_file
from digitgan.contract.errors import ModelRefused

from .errors import ExportRefused
from .export import staged


@contextmanager
def revised(folder: Path) -> Iterator[Path]:
    """Yield a copy of a version's folder for changes, then put the copy in the folder's place.

    An exception leaves the version unchanged.
    """
    folder = folder.resolve()
    with staged(folder) as aside:
        shutil.copytree(folder, aside, dirs_exist_ok=True)
        yield aside


def read_version(folder: Path) -> tuple[Card, bytes]:
    """Return the card and the generator's file of a version's folder, verified as in the service.

    Raises:
        ExportRefused: one of them is missing or damaged.
    """
    try:
        card = read_card(folder)
        return card, read_model_file(folder, card)
    except ModelRefused as error:
        raise ExportRefused(str(error)) from error
