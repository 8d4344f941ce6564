"""Knows how something is added to a model version that lies in its folder already: aside, then by one rename.

Does not know what is added, nor how it was made.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitgan.contract.card import Card, read_card, read_model_file
from digitgan.contract.errors import ModelRefused
from training.errors import ExportRefused
from training.export import put


@contextmanager
def revised(folder: Path) -> Iterator[Path]:
    """Give a copy of a version's folder to change; once that is done, the copy takes the folder's place.

    Whatever is raised meanwhile leaves the version as it was.
    """
    folder = folder.resolve()
    aside = folder.with_name(f".{folder.name}.revised.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        shutil.copytree(folder, aside)
        yield aside
        put(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def read_version(folder: Path) -> tuple[Card, bytes]:
    """Return the card and the generator's file of a version's folder, verified as the service does.

    Raises:
        ExportRefused: one of them is missing or not what it should be.
    """
    try:
        card = read_card(folder)
        return card, read_model_file(folder, card)
    except ModelRefused as error:
        raise ExportRefused(str(error)) from error
