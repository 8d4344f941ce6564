"""Where the files of a data set are kept: a local folder, or object storage and other file systems that pyarrow knows.

A file appears under its name only when it is complete. In object storage that is the nature of an object; elsewhere, a
file is written under a temporary name and renamed.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from digitgan.contract import files
from digitgan.contract.documents import Shape, read_bounded, require_shape, shorten
from digitgan.contract.errors import NotInstalled
from digitgan.formats.outputs import CannotWrite, check_target, to_file, to_folder

SCHEMES = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")
_OBJECT_STORES = ("s3", "gcs", "abfs")  # pyarrow's names of those that have no incomplete files
_CONNECT_TIMEOUT_S, _SILENCE_S = 5.0, 10.0  # for each of the three attempts of a request
_RETRY_S = 30  # the same for Google, which counts all attempts
_TEMPORARY_NAME = re.compile(r"\..+\.[0-9a-f]{8}")  # of files that are not renamed yet
_AWS_ACCESS = "; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
_REFUSED = re.compile(
    "ACCESS_DENIED|HTTP status 40[13]|SIGNATURE|ACCESS_KEY|TOKEN|CLIENT_ID|PERMISSION_DENIED|Permission denied"
)
_LOST_SHARE = 100  # a list of that many lines may lose one if a command is killed


class Store(Protocol):
    """A place for files, each of which is complete or not there.

    Attributes:
        name: the place, for messages and results; it contains no secrets.
        address: by which other machines reach the same files; None if they cannot.
    """

    name: str
    address: str | None

    def start(self, name: str, content: bytes) -> None:
        """Write the first file, unless something is there already.

        Raises:
            CannotWrite: the place cannot be used.
        """

    def clean(self) -> None:
        """Remove what commands that were killed have left."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each file."""

    def read(self, name: str, shape: Shape) -> bytes:
        """Return the content of a file.

        Raises:
            FileNotFoundError: there is no such file.
            BadDocument: it has more structure than the shape.
        """

    def holds(self, name: str, checksum: str) -> bool:
        """Return whether a file that is there has this SHA-256, as far as that can be said without a download."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, in place of any other of this name.

        Raises:
            OSError: it cannot be written; the error names it.
        """

    def append(self, name: str, line: str) -> None:
        """Add a line to a file of lines. If the command is killed, at most one in a hundred lines is lost."""


class LocalStore:
    """A folder of this machine.

    Args:
        path: the folder; its parent must exist.
    """

    address: str | None = None

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def start(self, name: str, content: bytes) -> None:
        """Make the folder with its first file, so that it never exists without; see `Store`."""
        is_started = self._path.is_dir() and any(self._path.iterdir())
        check_target(self._path / name if is_started else self._path, is_folder=not is_started)
        if not is_started:
            with to_folder(self._path, partial(_copy, name)) as file:
                file.write(content)

    def clean(self) -> None:
        """Remove files that were not renamed."""
        for name in filter(_TEMPORARY_NAME.fullmatch, [each.name for each in self._path.iterdir()]):
            (self._path / name).unlink()

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each regular file."""
        found = {each.name: files.size(each) for each in self._path.iterdir() if each.exists()}
        return {name: size for name, size in found.items() if size is not None}

    def read(self, name: str, shape: Shape) -> bytes:
        """Return the content of a file; see `Store`."""
        return read_bounded(self._path / name, shape)

    def holds(self, name: str, checksum: str) -> bool:
        """Return whether a file has this SHA-256; it is read whole."""
        with (self._path / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checksum

    def write(self, name: str, content: bytes) -> None:
        """Write a file under a temporary name, and rename it."""
        with to_file(self._path / name) as file:
            file.write(content)

    def append(self, name: str, line: str) -> None:
        """Add a line at once; none is lost."""
        with (self._path / name).open("a", encoding="utf-8") as file:
            file.write(line)


class RemoteStore:
    """A folder in object storage, or in another file system of pyarrow.

    Args:
        file_system: of pyarrow.
        path: the folder, as the file system names it.
        name: the folder, for messages; without secrets.
        address: names the same folder on other machines.
        access: where the access rights come from, for messages.
    """

    def __init__(self, file_system: Any, path: str, *, name: str, address: str, access: str = "") -> None:
        self.name = name
        self.address: str | None = address
        self._system = file_system
        self._path = PurePosixPath(path)
        self._access = access
        self._is_object_store = file_system.type_name in _OBJECT_STORES
        self._lines: dict[str, tuple[list[str], int]] = {}  # of each file of lines: all, and how many are written

    def start(self, name: str, content: bytes) -> None:
        """Write the first file, unless the folder has files or folders; see `Store`."""
        try:
            if not self._infos():
                self._require_bucket()
                self.write(name, content)
        except OSError as error:
            raise CannotWrite(f"{error.filename}: {error.strerror}") from None

    def clean(self) -> None:
        """Remove files that were not renamed; object storage has none."""
        for name in [] if self._is_object_store else filter(_TEMPORARY_NAME.fullmatch, self.sizes()):
            with self._named(name):
                self._system.delete_file(str(self._path / name))

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each file, as one listing says."""
        return {info.base_name: info.size for info in self._infos() if info.is_file}

    def read(self, name: str, shape: Shape) -> bytes:
        """Return the content of a file; see `Store`."""
        with self._named(name), self._system.open_input_stream(str(self._path / name)) as stream:
            content: bytes = stream.read(shape.n_bytes + 1)
        require_shape(content, **shape._asdict())
        return content

    def holds(self, name: str, checksum: str) -> bool:  # noqa: ARG002 - see `Store`
        """Return True, since all bytes would have to travel."""
        return True

    def write(self, name: str, content: bytes) -> None:
        """Write a file; see `Store`."""
        target = str(self._path / name)
        with self._named(name):
            if self._is_object_store:
                self._put(target, content)
                return
            self._system.create_dir(str(self._path), recursive=True)
            aside = str(self._path / f".{name}.{secrets.token_hex(4)}")
            self._put(aside, content)
            self._system.move(aside, target)

    def append(self, name: str, line: str) -> None:
        """Add a line; the file is written whole, whenever it has grown by a hundredth."""
        lines, n_written = self._lines.get(name) or (self._known_lines(name), 0)
        lines.append(line)
        if (len(lines) - n_written) * _LOST_SHARE >= len(lines):
            self.write(name, "".join(lines).encode())
            n_written = len(lines)
        self._lines[name] = lines, n_written

    def _known_lines(self, name: str) -> list[str]:
        try:
            with self._named(name), self._system.open_input_stream(str(self._path / name)) as stream:
                return list(stream.read().decode(errors="replace").splitlines(keepends=True))
        except FileNotFoundError:
            return []

    def _put(self, path: str, content: bytes) -> None:
        with self._system.open_output_stream(path) as stream:
            stream.write(content)

    def _infos(self) -> list[Any]:
        from pyarrow.fs import FileSelector

        with self._named():
            return list(self._system.get_file_info(FileSelector(str(self._path), allow_not_found=True)))

    def _require_bucket(self) -> None:
        from pyarrow.fs import FileType

        bucket = self._path.parts[0]
        with self._named():
            is_missing = self._is_object_store and self._system.get_file_info(bucket).type is FileType.NotFound
        if is_missing:
            raise OSError(errno.ENOENT, _no_bucket(bucket), self.name)

    @contextmanager
    def _named(self, name: str = "") -> Iterator[None]:
        """Raise OSError, with the file's name and what is wrong in our words, for what pyarrow raises in the block."""
        from pyarrow import ArrowException

        place = f"{self.name}/{name}" if name else self.name
        try:
            yield
        except FileNotFoundError as error:
            raise FileNotFoundError(errno.ENOENT, "does not exist", place) from error
        except (OSError, ArrowException) as error:
            raise OSError(errno.EIO, _explain(str(error), self._path.parts[0], self._access), place) from error


def is_address(text: str) -> bool:
    """Return whether a text names a place by scheme, such as ``s3://bucket/folder``, and not a local path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def open_store(address: str) -> RemoteStore:
    """Return the store of an address; nothing is read or written yet.

    Credentials, endpoint and region come from the address and the usual environment variables. The store's own address
    says where it is whatever the environment of another machine says; it says who may write only if this one does.

    Raises:
        CannotWrite: the scheme, or something else of the address, is not allowed, or its file system is not there.
        NotInstalled: pyarrow is missing.
    """
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    name = f"{parts.scheme}://{host if ':' in user else parts.netloc}{parts.path.rstrip('/')}"
    if parts.scheme not in SCHEMES:
        raise CannotWrite(f"unknown scheme {parts.scheme}://; allowed: {', '.join(SCHEMES)}, or the path of a folder")
    if find_spec("pyarrow") is None:
        raise NotInstalled(f"-o {parts.scheme}://", "pyarrow", "parquet")
    from pyarrow import ArrowException
    from pyarrow.fs import FileSystem, S3FileSystem

    query = dict(parse_qsl(parts.query))
    if parts.scheme in ("gs", "gcs"):
        query.setdefault("retry_limit_seconds", str(_RETRY_S))
    try:
        system, path = FileSystem.from_uri(parts._replace(query=urlencode(query)).geturl())
    except (ArrowException, OSError, ValueError) as error:
        message = str(error)
        for secret in filter(None, (parts.username, parts.password)):
            message = message.replace(secret, "…").replace(unquote(secret), "…")
        raise CannotWrite(f"{name}: {_explain(message, host, _AWS_ACCESS)}") from None
    access = ""
    if isinstance(system, S3FileSystem):
        _, (options,) = system.__reduce__()  # pyarrow gives them in no other way
        if options["endpoint_override"] and "region" not in query:  # else pyarrow has asked for the bucket's own
            variables = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
            options["region"] = next(filter(None, variables), options["region"])
        options |= {
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "request_timeout": _SILENCE_S,
            "allow_delayed_open": True,  # a small object in one request
        }
        system = S3FileSystem(**options)
        query |= {key: options[key] for key in ("region", "endpoint_override") if options[key]}
        access = _AWS_ACCESS
    if not PurePosixPath(path).parts[1:]:
        raise CannotWrite(f"{name}: must name a folder, as in {parts.scheme}://bucket/folder")
    there = parts._replace(query=urlencode(query)).geturl()
    return RemoteStore(system, path, name=name, address=there, access=access)


def _explain(message: str, bucket: str, access: str) -> str:
    """Return in our words what a message of pyarrow says; it contains no secrets.

    Args:
        message: the message.
        bucket: what the files are in.
        access: what to check if there is no permission.
    """
    if "NO_SUCH_BUCKET" in message or re.search(r"Bucket '.*' not found", message):
        return _no_bucket(bucket)
    if _REFUSED.search(message):
        return f"no permission{access}"
    if found := re.search(r"NETWORK_CONNECTION.*(?:Details: |curlCode: \d+, )(.*)", message):
        return f"no answer: {found[1]}"
    if found := re.search(r"google::cloud::Status\((\w+):", message):
        return f"failed with {found[1]}"
    if found := re.search(r"AWS Error (\w+)(?: \((HTTP status \d+)\))? during (\w+) operation", message):
        return f"{found[3]} failed with {found[2] or found[1]}"
    return shorten(message.partition("\n")[0])


def _no_bucket(name: str) -> str:
    return f"there is no bucket {name!r}; create it first"


def _copy(name: str, file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / name)
