"""The files of a folder, or of a zip or tar archive, behind one interface, listed and read within bounds.

Archives are recognised by their content and never unpacked. A tar archive may be gzipped.

Source: PKWARE's APPNOTE.TXT 6.3.10 (zip); POSIX.1-2001, pax, ustar interchange format (tar); RFC 1952 (gzip).
"""

import gzip
import io
import os
import tarfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

from ..errors import DataRefused, TrainingError

MOST_FILES = 2**21  # in one tree: more than the images that one data set may have

_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_PIECE = 2**16  # bytes: memory grows with what a file holds, not with what its header states
_MOST_AT_ONCE = 2**24  # bytes that a tar's header may ask for; one that lies asks for gigabytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in a folder or an archive.

    Attributes:
        parts: the names that lead to it from the top of its tree, its own last.
        place: the same for messages, with the tree's path.
        open: opens it for reading.
    """

    parts: tuple[str, ...]
    place: str
    open: Callable[[], IO[bytes]]

    @classmethod
    def at(cls, path: Path, parts: tuple[str, ...] = ()) -> "StoredFile":
        """Return a file on the disk; without other parts, its name is the only one."""
        return cls(parts or (path.name,), str(path), lambda: path.open("rb"))

    @property
    def name(self) -> str:
        """Its own name."""
        return self.parts[-1]

    def read(self, n_bytes: int) -> bytes:
        """Return its content.

        Args:
            n_bytes: the most that it may have.

        Raises:
            DataRefused: it cannot be read, is damaged, or is larger.
        """
        with reading(self.place), self.open() as file:
            content = bytes(read_bytes(file, n_bytes + 1))
        if len(content) > n_bytes:
            raise DataRefused(f"{self.place}: has more than {n_bytes:,} bytes, the most that are allowed")
        return content


@contextmanager
def reading(place: str) -> Iterator[None]:
    """Turn what readers of files and archives raise into DataRefused with one sentence.

    Args:
        place: the file, for the message.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or "it is damaged or ends early"  # gzip's own errors have no text of the system
        raise DataRefused(f"{place}: cannot be read: {reason}") from error
    except (TrainingError, MemoryError):
        raise
    except Exception as error:  # readers of damaged archives raise anything, such as IndexError for an empty name
        raise DataRefused(f"{place}: cannot be read: it is damaged, ends early or is encrypted") from error


def read_bytes(file: IO[bytes], n_bytes: int) -> bytearray:
    """Return at most so many bytes of a file, without room for more than it has."""
    content = bytearray()
    while len(content) < n_bytes and (piece := file.read(min(_PIECE, n_bytes - len(content)))):
        content += piece
    return content


def unpacked(file: IO[bytes]) -> IO[bytes]:
    """Return what reads an open file, gzipped or not: the first bytes decide, whatever the file's name."""
    start = file.read(len(_GZIP))
    file.seek(0)
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb")) if start == _GZIP else file


class FileTree(ABC):
    """Folders and files below one place.

    Attributes:
        place: the path of it.
        irregular: what was met so far that is neither a file nor a folder, such as pipes and broken links; never
            opened, since that might never end.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.irregular: dict[str, None] = {}

    @abstractmethod
    def folders(self, *inside: str) -> list[str]:
        """Return the names of the folders directly inside a folder, sorted."""

    @abstractmethod
    def files(self, *inside: str) -> list[StoredFile]:
        """Return the files directly inside a folder, sorted by their names."""

    @abstractmethod
    def walk(self, *inside: str) -> Iterator[StoredFile]:
        """Yield all files inside a folder and the folders in it, in the order in which they are read fastest.

        Raises:
            DataRefused: a folder cannot be read, or there are too many files.
        """

    def path(self, *inside: str) -> str:
        """Return the place of a folder or file, for messages."""
        return str(self.place.joinpath(*inside))


class FolderTree(FileTree):
    """A folder on the disk. Links are followed."""

    def folders(self, *inside: str) -> list[str]:
        """Return the names of the folders directly inside a folder, sorted."""
        return sorted(entry.name for entry in self._scan(inside) if entry.is_dir())

    def files(self, *inside: str) -> list[StoredFile]:
        """Return the files directly inside a folder, sorted by their names."""
        return sorted(self._files(inside), key=lambda file: file.parts)

    def walk(self, *inside: str) -> Iterator[StoredFile]:
        """Yield all files inside a folder and the folders in it; see `FileTree.walk`."""
        waiting, n_files = [(inside, frozenset[tuple[int, int]]())], 0
        while waiting:
            folder, above = waiting.pop()
            path = self.place.joinpath(*folder)
            with reading(str(path)):
                state = path.stat()
            here = (state.st_dev, state.st_ino)
            if here in above:
                raise DataRefused(f"{path}: is a link to a folder that contains it, so it has no end")
            for file in self._files(folder):
                n_files += 1
                _check_number(n_files, self.place)
                yield file
            waiting += [((*folder, name), above | {here}) for name in self.folders(*folder)]

    def _files(self, inside: tuple[str, ...]) -> Iterator[StoredFile]:
        for entry in self._scan(inside):
            if entry.is_file():
                yield StoredFile.at(Path(entry.path), (*inside, entry.name))
            elif not entry.is_dir():
                self.irregular["/".join((*inside, entry.name))] = None

    def _scan(self, inside: tuple[str, ...]) -> "list[os.DirEntry[str]]":
        path = self.place.joinpath(*inside)
        with reading(str(path)), os.scandir(path) as entries:
            return list(entries)


class ArchiveTree(FileTree):
    """The files of an archive. If all of them are in one folder, that folder is the top.

    Args:
        place: the archive.
        found: all files, in the order in which they are stored.
        irregular: members that are neither files nor folders, such as links.
        kept: names of folders that are never left out of the names.
    """

    def __init__(self, place: Path, found: list[StoredFile], irregular: list[str], kept: frozenset[str]) -> None:
        super().__init__(place)
        self.irregular = dict.fromkeys(irregular)
        while len(tops := {file.parts[0] for file in found if not _is_of_system(file.parts[0])}) == 1:
            (top,) = tops
            if top in kept or any(file.parts == (top,) for file in found):
                break
            found = [StoredFile(file.parts[1:], file.place, file.open) for file in found if file.parts[0] == top]
        self._all = found

    def folders(self, *inside: str) -> list[str]:
        """Return the names of the folders directly inside a folder, sorted."""
        depth = len(inside)
        return sorted({file.parts[depth] for file in self.walk(*inside) if len(file.parts) > depth + 1})

    def files(self, *inside: str) -> list[StoredFile]:
        """Return the files directly inside a folder, sorted by their names."""
        depth = len(inside)
        return sorted(
            (file for file in self.walk(*inside) if len(file.parts) == depth + 1), key=lambda file: file.parts
        )

    def walk(self, *inside: str) -> Iterator[StoredFile]:
        """Yield all files inside a folder and the folders in it, in the archive's order."""
        return (file for file in self._all if file.parts[: len(inside)] == inside)


@contextmanager
def opened_archive(path: Path, kept: frozenset[str] = frozenset()) -> Iterator[ArchiveTree]:
    """Yield the files of a zip or tar archive, which is closed afterwards.

    Args:
        path: the archive.
        kept: names of folders that stay at the top even if they contain everything.

    Raises:
        DataRefused: it is neither, is damaged, or contains too many files.
    """
    with ExitStack() as stack:
        irregular: list[str] = []
        with reading(str(path)):  # and not the caller's own work
            file = stack.enter_context(path.open("rb"))
            start = file.read(4)
            file.seek(0)
            if start in _ZIP:
                found = list(_zipped(stack.enter_context(zipfile.ZipFile(file)), path))
            else:
                content = _Modest(unpacked(file), path)
                try:
                    archive = tarfile.open(fileobj=content, mode="r:")  # noqa: SIM115 - holds nothing to be closed
                except tarfile.ReadError:
                    raise DataRefused(f"{path}: is neither a zip archive nor a tar archive, gzipped or not") from None
                found = list(_tarred(archive, content, path, irregular))
        yield ArchiveTree(path, found, irregular, kept)


def _zipped(archive: zipfile.ZipFile, path: Path) -> Iterator[StoredFile]:
    for n_files, member in enumerate(archive.infolist(), 1):
        _check_number(n_files, path)
        if not member.is_dir() and (parts := _parts(member.filename)):
            yield StoredFile(parts, str(path.joinpath(*parts)), partial(archive.open, member))


def _tarred(archive: tarfile.TarFile, content: "_Modest", path: Path, irregular: list[str]) -> Iterator[StoredFile]:
    n_members = 0
    while member := archive.next():
        archive.members.clear()  # type: ignore[attr-defined] # each takes a kilobyte
        n_members += 1
        _check_number(n_members, path)
        if member.isreg() and not member.issparse() and (parts := _parts(member.name)):
            place = str(path.joinpath(*parts))
            yield StoredFile(parts, place, partial(_extract, content, member.offset_data, member.size))
        elif not member.isdir():
            irregular.append(member.name)


def _extract(content: "_Modest", start: int, n_bytes: int) -> IO[bytes]:
    return io.BufferedReader(_Extract(content, start, n_bytes))


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in name.split("/") if part not in ("", ".", ".."))


def _is_of_system(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _check_number(n_files: int, place: Path) -> None:
    if n_files > MOST_FILES:
        raise DataRefused(f"{place}: contains more than {MOST_FILES:,} files, the most that are allowed")


class _Modest(io.RawIOBase):
    """A file that refuses to read much at once: tarfile reads headers of whatever length they state into memory."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path = file, path

    def read(self, n_bytes: int = -1) -> bytes:
        if not 0 <= n_bytes <= _MOST_AT_ONCE:
            raise DataRefused(f"{self._path}: is damaged: a header states {n_bytes:,} bytes")
        return self._file.read(n_bytes)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(position, whence)

    def tell(self) -> int:
        return self._file.tell()


class _Extract(io.RawIOBase):
    """A part of a file, for reading in order and from the start again."""

    def __init__(self, file: _Modest, start: int, n_bytes: int) -> None:
        self._file, self._start, self._size, self._position = file, start, n_bytes, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = origin + position
        return self._position

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # all that BufferedReader gives
        wanted = min(len(buffer), self._size - self._position, _MOST_AT_ONCE)
        if wanted <= 0:
            return 0
        self._file.seek(self._start + self._position)
        content = self._file.read(wanted)
        if not content:
            raise EOFError
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
