"""A folder of shards that one command fills, or several in turn after interruptions.

A shard is complete if its bytes have the recorded checksum, which is written after the shard has its final name. So a
command may be killed, or the machine lose power, at any moment. Only one command at a time may fill a folder.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitgan.contract import files
from digitgan.contract.documents import MOST_LISTED, BadDocument, Shape, read_bounded, read_json, shorten
from digitgan.formats.outputs import CannotWrite, check_target, to_file, to_folder

DESCRIPTION = "dataset.json"
CHECKSUMS = "SHA256SUMS"  # as `sha256sum --check` reads it
_DESCRIPTION_SHAPE = Shape(n_bytes=2**16, n_lists=2**6, n_objects=2**6, n_items=2**8)
_CHECKSUMS_SHAPE = Shape(n_bytes=2**27, n_lists=0, n_objects=0, n_items=0)  # enough for a million shards
_TEMPORARY_NAME = re.compile(r"\..+\.[0-9a-f]{8}")  # of files that `to_file` has not renamed yet


class ShardFolder:
    """A folder of one data set's shards, started by this command or an earlier one.

    Args:
        path: a folder that is missing, empty, or was started for the same data set.
        description: everything that determines the bytes of the shards; serialisable as JSON.

    Raises:
        CannotWrite: the folder contains anything else.
        OSError: the folder cannot be read or written.
    """

    def __init__(self, path: Path, description: Mapping[str, Any]) -> None:
        self._path = path
        is_started = path.is_dir() and any(path.iterdir())
        check_target(path / DESCRIPTION if is_started else path, is_folder=not is_started)
        if not is_started:
            with to_folder(path, _copy_description) as file:  # so the folder never exists without its description
                file.write(json.dumps(description, indent=2).encode() + b"\n")
        self._check_description(description)
        for left in filter(_TEMPORARY_NAME.fullmatch, [each.name for each in path.iterdir()]):
            (path / left).unlink()
        self._sums = self._recorded_sums()

    def has(self, name: str) -> bool:
        """Return whether a shard is complete."""
        try:
            if files.size(self._path / name) is None:
                return False
            with (self._path / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self._sums.get(name)
        except FileNotFoundError:
            return False

    def add(self, name: str, content: bytes) -> None:
        """Write a shard under a temporary name, rename it, and then record its checksum."""
        with to_file(self._path / name) as file:
            file.write(content)
        self._sums[name] = _sum(content)
        with (self._path / CHECKSUMS).open("a", encoding="utf-8") as file:
            file.write(f"{self._sums[name]}  {name}\n")

    def close(self, names: Sequence[str]) -> int:
        """Sort the checksums of the complete folder, and return the total size of its shards in bytes."""
        with to_file(self._path / CHECKSUMS) as file:
            file.write("".join(f"{self._sums[name]}  {name}\n" for name in names).encode())
        return sum((self._path / name).stat().st_size for name in names)

    def _check_description(self, description: Mapping[str, Any]) -> None:
        try:
            there = read_json(self._path / DESCRIPTION, dict[str, Any], _DESCRIPTION_SHAPE)
        except FileNotFoundError:
            raise CannotWrite(f"the folder {self._path} is not empty and contains no data set") from None
        except BadDocument as error:
            raise CannotWrite(f"{self._path / DESCRIPTION} does not describe a data set: {error}") from None
        different = [
            f"{shorten(key)} is {shorten(repr(there.get(key)))}, not {description.get(key)!r}"
            for key in {**description, **there}
            if there.get(key) != description.get(key)
        ]
        if different:
            text = ", ".join(different[:MOST_LISTED])
            raise CannotWrite(f"the folder {self._path} contains a different data set: {text}")

    def _recorded_sums(self) -> dict[str, str]:
        """Return the recorded checksums; a line that was cut off is terminated and ignored."""
        try:
            text = read_bounded(self._path / CHECKSUMS, _CHECKSUMS_SHAPE).decode(errors="replace")
        except FileNotFoundError:
            return {}
        except BadDocument as error:
            raise CannotWrite(f"{self._path / CHECKSUMS} does not list the shards of a data set: {error}") from None
        if text and not text.endswith("\n"):
            with (self._path / CHECKSUMS).open("a", encoding="utf-8") as file:
                file.write("\n")
        return {name: checksum for checksum, name in re.findall(r"^([0-9a-f]{64})  (.+)$", text, re.MULTILINE)}


def _copy_description(file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / DESCRIPTION)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
