"""Knows where models lie on disk: finds every version, verifies it, has it loaded, and finds what changed since.

Does not know requests, nor how a backend is made: the caller says how, and when to look again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from digitgan.contract.card import (
    CARD_FILE,
    ENCODER_FILE,
    MODEL_FILE,
    Card,
    read_card,
    read_encoder_file,
    read_model_file,
)
from digitgan.contract.errors import CannotServe, EngineError, ModelRefused
from digitgan.contract.files import FileStamp, stamp
from digitgan.contract.self_contained import check_self_contained
from digitgan.engine.backend import Backend

_Stamps = tuple[FileStamp, ...]  # of each file that is read


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that is not served as it lies in the folder; the reason names the file."""

    model: str
    version: str
    reason: str


class Repository:
    """The ``<model>/<version>/`` folders in a folder; names that begin with a dot are passed over.

    Not safe for several threads at once; `refused` and `model_file` may be asked from any.

    Args:
        folder: where models are exported to.
        load: makes a backend from a card and the bytes that were found to be the card's.
    """

    def __init__(self, folder: Path, load: Callable[[Card, bytes], Backend]) -> None:
        self._folder = folder
        self._load = load
        self._backends: dict[Path, Backend] = {}
        self._reasons: dict[Path, str] = {}
        self._tried: dict[Path, _Stamps] = {}
        self._seen: dict[Path, _Stamps] = {}  # at the last look

    @property
    def refused(self) -> list[Refused]:
        """What the last look refused."""
        return [Refused(folder.parent.name, folder.name, reason) for folder, reason in self._reasons.copy().items()]

    def load(self) -> list[Backend]:
        """Return a backend for every version.

        Raises:
            CannotServe: the folder is missing or holds no model.
            ModelRefused: a version's card or file is not what it should be; the text says which and why.
            ProviderInactive: the named provider did not become active.
        """
        self._seen = self._find()
        for folder, stamps in self._seen.items():
            self._tried[folder] = stamps
            self._backends[folder] = self._verify(folder)
        return list(self._backends.values())

    def look(self, keep: str, *, at_once: bool) -> list[Backend]:
        """Return a backend for every version that is now to be served; for an unchanged one, the same as before.

        A version that is wrong is refused, and served as it was if it was. One that is new or has changed is tried
        when it has kept still since the last look, for it may be half copied.

        Args:
            keep: the model whose last version is never let go, though its folder be gone.
            at_once: try what is new without waiting for another look, and again what was refused.

        Raises:
            CannotServe: the folder is missing or holds no model; nothing has changed by that.
        """
        seen, before = self._find(), self._seen
        self._seen = seen
        for folder, stamps in seen.items():
            is_again = at_once and folder in self._reasons
            if (stamps != self._tried.get(folder) or is_again) and (at_once or stamps == before.get(folder)):
                self._tried[folder] = stamps
                self._try(folder)
        gone = [each for each in self._tried if not each.is_dir() and (at_once or each not in before)]
        for folder in sorted(gone, key=lambda each: (len(each.name), each.name)):  # so that the newest goes last
            self._let_go(folder, keep)
        return list(self._backends.values())

    def model_file(self, card: Card) -> bytes:
        """Return the bytes of a version's ONNX file as it lies in the folder now; from any thread.

        Raises:
            ModelRefused: it is not the one that the card describes, or not there any more.
        """
        return read_model_file(self._folder / card.model / card.version, card)

    def close(self) -> None:
        """Let go of the models, for what holds this may live long."""
        self._backends.clear()

    def _find(self) -> dict[Path, _Stamps]:
        """Return the versions that have a card, which is what comes last, with the state of their files."""
        try:
            if not self._folder.is_dir():
                raise CannotServe(f"the models folder {self._folder} does not exist")
            versions = [version for model in _folders(self._folder) for version in _folders(model)]
            found = {version: _stamps(version) for version in versions if (version / CARD_FILE).exists()}
        except OSError as error:
            raise CannotServe(f"the models folder cannot be read: {error}") from error
        if not found:
            expected = f"{self._folder}/<model>/<version>/{CARD_FILE}"
            raise CannotServe(f"the models folder {self._folder} holds no model; expected {expected}")
        return found

    def _try(self, folder: Path) -> None:
        try:
            self._backends[folder] = self._verify(folder)
        except EngineError as error:
            self._reasons[folder] = str(error)
        else:
            self._reasons.pop(folder, None)

    def _let_go(self, folder: Path, keep: str) -> None:
        if [each for each in self._backends if each.parent.name == keep] == [folder]:
            self._reasons[folder] = f"{folder}: gone, but the default model has no other version"
            self._tried[folder] = ()  # so that it is looked at when it comes back
            return
        self._backends.pop(folder, None)
        self._reasons.pop(folder, None)
        del self._tried[folder]

    def _verify(self, folder: Path) -> Backend:
        card = read_card(folder)
        if (card.model, card.version) != (folder.parent.name, folder.name):
            raise ModelRefused(f"{folder}: its card is of model {card.model!r}, version {card.version!r}")
        content = read_model_file(folder, card)
        read_encoder_file(folder, card)  # nothing runs it yet, but a version that is not whole is refused
        try:
            check_self_contained(content)
            return self._load(card, content)
        except ModelRefused as error:
            raise ModelRefused(f"{folder}: {error}") from error
        except EngineError:
            raise
        except Exception as error:  # what a file can do to a library has no bounds, and it must not end the service
            raise ModelRefused(f"{folder}: {type(error).__name__}: {error}") from error


def _folders(parent: Path) -> list[Path]:
    return sorted(each for each in parent.iterdir() if each.is_dir() and not each.name.startswith("."))


def _stamps(folder: Path) -> _Stamps:
    return tuple(stamp(folder / name) for name in (CARD_FILE, MODEL_FILE, ENCODER_FILE))
