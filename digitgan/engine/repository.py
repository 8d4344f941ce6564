"""The models folder: its model versions are found, verified and loaded, and changes since the last look detected.

Names that begin with a dot are ignored.
"""

import re
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
    read_map_file,
    read_model_file,
)
from digitgan.contract.documents import printable
from digitgan.contract.errors import CannotServe, EngineError, ModelRefused
from digitgan.contract.files import FileStamp, stamp
from digitgan.contract.hand_map import MAP_FILE
from digitgan.contract.limits import NAME_PATTERN
from digitgan.contract.self_contained import check_self_contained
from digitgan.engine.backend import Backend
from digitgan.engine.versions import Versions

_Stamps = tuple[FileStamp, ...]  # of all files that are read of a version


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that is in the folder but not served; the reason names the file."""

    model: str
    version: str
    reason: str


class Repository:
    """The ``<model>/<version>/`` folders in the models folder.

    Not thread-safe, except for `refused` and `model_file`.

    Args:
        folder: the models folder.
        load: returns a backend for a card and the model file, already verified against the card.
    """

    def __init__(self, folder: Path, load: Callable[[Card, bytes], Backend]) -> None:
        self._folder = folder
        self._load = load
        self._backends: dict[Path, Backend] = {}
        self._refused: dict[Path, Refused] = {}
        self._tried: dict[Path, _Stamps] = {}
        self._seen: dict[Path, _Stamps] = {}  # at the last look

    @property
    def refused(self) -> list[Refused]:
        """The versions that the last look refused."""
        return list(self._refused.values())

    def load(self, needed: str | None = None) -> list[Backend]:
        """Return a backend for every version, or for every valid one.

        Args:
            needed: the only model that must have a valid version, while invalid versions are refused; None if every
                version must be valid.

        Raises:
            CannotServe: the folder is missing or holds no model.
            ModelRefused: the card or a file of a version that must be valid is not; the message says which and why.
            ProviderInactive: the named provider did not become active.
        """
        self._seen = self._find()
        for folder, stamps in self._seen.items():
            self._try(folder, stamps, is_strict=needed is None)
        reasons = [each.reason for each in self.refused if each.model == needed]
        if reasons and all(folder.parent.name != needed for folder in self._backends):
            raise ModelRefused(reasons[-1])
        return list(self._backends.values())

    def load_version(self, model: str, version: str | None) -> Backend:
        """Return a backend for one version; None stands for the newest. No other version is read.

        Raises:
            UnknownModel: the folder holds no such model or version.
            CannotServe, ModelRefused, ProviderInactive: as raised by `load`.
        """
        return self._verify(self._version(model, version))

    def find_card(self, model: str, version: str | None) -> Card:
        """Return the card of one version, which is not loaded; None stands for the newest.

        Raises:
            UnknownModel: the folder holds no such model or version.
            CannotServe, ModelRefused: the folder is missing or holds no model, or the card is invalid.
        """
        return read_card(self._version(model, version))

    def look(self, keep: str, *, at_once: bool) -> list[Backend]:
        """Return a backend for every version to serve from now on; unchanged versions keep their backends.

        An invalid version is refused; if it was served before, its old backend stays. A version that could not be read
        is tried again at each look. A new or changed version may be half copied, so it is loaded only when it has not
        changed since the last look.

        Args:
            keep: the model whose last version always stays, even if its folder is gone.
            at_once: load new versions without waiting for another look, and retry refused ones.

        Raises:
            CannotServe: the folder is missing or holds no model; nothing has changed.
        """
        seen, before = self._find(), self._seen
        self._seen = seen
        for folder, stamps in seen.items():
            is_again = at_once and folder in self._refused
            if (stamps != self._tried.get(folder) or is_again) and (at_once or stamps == before.get(folder)):
                self._try(folder, stamps, is_strict=False)
        # A served version stays without its card, but a refused one is no version any more.
        missing = [each for each in self._tried if each not in seen and (at_once or each not in before)]
        gone = [each for each in missing if each not in self._backends or _is_gone(each)]
        for folder in sorted(gone, key=lambda each: (len(each.name), each.name)):  # the newest version comes last
            self._let_go(folder, keep)
        return list(self._backends.values())

    def model_file(self, card: Card) -> bytes:
        """Return the bytes of a version's ONNX file as it is in the folder now; callable from any thread.

        Raises:
            ModelRefused: the file is missing or differs from the one that the card describes.
        """
        return read_model_file(self._folder / card.model / card.version, card)

    def encoder_file(self, card: Card) -> bytes | None:
        """Return the bytes of a version's encoder in the same way, or None if its card describes no encoder.

        Raises:
            ModelRefused: the file is missing or differs from the one that the card describes.
        """
        return read_encoder_file(self._folder / card.model / card.version, card)

    def map_file(self, card: Card) -> bytes | None:
        """Return the bytes of a version's map of hands in the same way, or None if its card describes none.

        Raises:
            ModelRefused: the file is missing or differs from the one that the card describes.
        """
        return read_map_file(self._folder / card.model / card.version, card)

    def close(self) -> None:
        """Release the models, since this object may be kept alive for long."""
        self._backends.clear()

    def _version(self, model: str, version: str | None) -> Path:
        folders = Versions((folder.parent.name, folder.name, folder) for folder in self._find())
        return folders.find(model, version)

    def _find(self) -> dict[Path, _Stamps]:
        """Return the versions that have a card, which an export writes last, and the stamps of their files."""
        try:
            if not self._folder.is_dir():
                raise CannotServe(f"the models folder {self._folder} does not exist")
            versions = [version for model in _folders(self._folder) for version in _versions(model)]
            found = {version: _stamps(version) for version in versions if _has_card(version)}
        except OSError as error:
            raise CannotServe(f"the models folder cannot be read: {error}") from error
        if not found:
            expected = f"{self._folder}/<model>/<version>/{CARD_FILE}"
            raise CannotServe(f"the models folder {self._folder} holds no model; expected {expected}")
        return found

    def _try(self, folder: Path, stamps: _Stamps, *, is_strict: bool) -> None:
        try:
            self._backends[folder] = self._verify(folder)
        except EngineError as error:
            if is_strict:
                raise
            self._refuse(folder, str(error))
            if isinstance(error.__cause__, OSError):  # such as too many open files: what was not read may be valid
                stamps = ()
        else:
            self._refused.pop(folder, None)
        self._tried[folder] = stamps

    def _refuse(self, folder: Path, reason: str) -> None:
        model, version = folder.parts[-2:]
        self._refused[folder] = Refused(*map(printable, (model, version, reason)))  # a folder may have any name

    def _let_go(self, folder: Path, keep: str) -> None:
        if [each for each in self._backends if each.parent.name == keep] == [folder]:
            self._refuse(folder, f"{folder}: gone, but still served: the default model has no other version")
            self._tried[folder] = ()  # so that it is loaded again when it comes back
            return
        self._backends.pop(folder, None)
        self._refused.pop(folder, None)
        del self._tried[folder]

    def _verify(self, folder: Path) -> Backend:
        card = read_card(folder)
        if (card.model, card.version) != (folder.parent.name, folder.name):
            raise ModelRefused(f"{folder}: its card says model {card.model!r}, version {card.version!r}")
        content = read_model_file(folder, card)
        read_encoder_file(folder, card)  # opened when it is first run, but an incomplete version must be refused
        read_map_file(folder, card)
        try:
            check_self_contained(content)
            return self._load(card, content)
        except ModelRefused as error:
            raise ModelRefused(f"{folder}: {error}") from error
        except EngineError:
            raise
        except Exception as error:  # an invalid file can make onnxruntime fail in any way; the service must go on
            raise ModelRefused(f"{folder}: {type(error).__name__}: {error}") from error


def _folders(parent: Path) -> list[Path]:
    return sorted(each for each in parent.iterdir() if each.is_dir() and not each.name.startswith("."))


def _versions(model: Path) -> list[Path]:
    """Return the folders of a model's versions; one stands for all in a folder that nobody may list."""
    try:
        return _folders(model)
    except PermissionError:  # the root of a volume may hold "lost+found", which is no model
        return [model / "*"] if re.match(NAME_PATTERN, model.name) else []


def _is_gone(version: Path) -> bool:
    try:
        return not version.is_dir()
    except PermissionError:  # nobody can tell
        return False


def _has_card(version: Path) -> bool:
    """Return whether a folder has a card, or might have one: a folder that nobody may enter is a version to refuse."""
    try:
        return (version / CARD_FILE).exists()
    except PermissionError:
        return True


def _stamps(folder: Path) -> _Stamps:
    return tuple(stamp(folder / name) for name in (CARD_FILE, MODEL_FILE, ENCODER_FILE, MAP_FILE))
