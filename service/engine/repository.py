"""Knows where models lie on disk: finds every version, verifies it, and has it loaded.

Does not know requests, nor how a backend is made: the caller says how.
"""

from collections.abc import Callable
from pathlib import Path

from service.engine.backend import Backend
from service.engine.card import Card, read_card, read_encoder_file, read_model_file
from service.engine.errors import CannotServe, ModelRefused


def load_models(folder: Path, load: Callable[[Card, bytes], Backend]) -> list[Backend]:
    """Return a backend for every ``<model>/<version>/`` in a folder; names that begin with a dot are passed over.

    Args:
        folder: where models were exported to.
        load: makes a backend from a card and the bytes that were found to be the card's.

    Raises:
        CannotServe: the folder is missing or holds no model.
        ModelRefused: a version's card or file is not what it should be; the text says which and why.
    """
    if not folder.is_dir():
        raise CannotServe(f"the models folder {folder} does not exist")
    backends = [_load(version, load) for model in _folders(folder) for version in _folders(model)]
    if not backends:
        raise CannotServe(f"the models folder {folder} holds no model; expected {folder}/<model>/<version>/card.json")
    return backends


def _folders(parent: Path) -> list[Path]:
    return sorted(each for each in parent.iterdir() if each.is_dir() and not each.name.startswith("."))


def _load(folder: Path, load: Callable[[Card, bytes], Backend]) -> Backend:
    card = read_card(folder)
    if (card.model, card.version) != (folder.parent.name, folder.name):
        raise ModelRefused(f"{folder}: its card is of model {card.model!r}, version {card.version!r}")
    content = read_model_file(folder, card)
    read_encoder_file(folder, card)  # nothing runs it yet, but a version that is not whole is refused
    try:
        return load(card, content)
    except ModelRefused as error:
        raise ModelRefused(f"{folder}: {error}") from error
