"""A folder that is filled with shards over one run or several.

A shard is complete if its bytes have the checksum that was recorded once it had its name. So a run may be killed, or
its machine lose power, at any moment. One run at a time fills a folder.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitgan.formats.outputs import CannotWrite, refuse_impossible, to_file, to_folder

DESCRIPTION = "dataset.json"
CHECKSUMS = "SHA256SUMS"  # as `sha256sum --check` reads it
_LEFT_BEHIND = re.compile(r"\..+\.[0-9a-f]{8}")  # what `to_file` has not renamed yet


class ShardFolder:
    """A folder of one data set's shards, begun by this run or an earlier one.

    Args:
        path: the folder: missing, empty, or begun for the same data set.
        description: all that determines the bytes of the shards, as JSON.

    Raises:
        CannotWrite: it holds something else.
        OSError: it cannot be written or read.
    """

    def __init__(self, path: Path, description: Mapping[str, Any]) -> None:
        self._path = path
        is_begun = path.is_dir() and any(path.iterdir())
        refuse_impossible(path / DESCRIPTION if is_begun else path, is_folder=not is_begun)
        if not is_begun:
            with to_folder(path, _lay) as file:  # so the folder never exists without its description
                file.write(json.dumps(description, indent=2).encode() + b"\n")
        self._check_description(description)
        for left in filter(_LEFT_BEHIND.fullmatch, [each.name for each in path.iterdir()]):
            (path / left).unlink()
        self._sums = self._recorded_sums()

    def has(self, name: str) -> bool:
        """Return whether a shard is complete."""
        try:
            return _sum((self._path / name).read_bytes()) == self._sums.get(name)
        except FileNotFoundError:
            return False

    def add(self, name: str, content: bytes) -> None:
        """Write a shard: first under a temporary name, then under its own, then its checksum."""
        with to_file(self._path / name) as file:
            file.write(content)
        self._sums[name] = _sum(content)
        with (self._path / CHECKSUMS).open("a", encoding="utf-8") as file:
            file.write(f"{self._sums[name]}  {name}\n")

    def close(self, names: Sequence[str]) -> int:
        """Sort the checksums, now that all shards are complete; return the bytes of all shards."""
        with to_file(self._path / CHECKSUMS) as file:
            file.write("".join(f"{self._sums[name]}  {name}\n" for name in names).encode())
        return sum((self._path / name).stat().st_size for name in names)

    def _check_description(self, description: Mapping[str, Any]) -> None:
        try:
            there = json.loads((self._path / DESCRIPTION).read_bytes())
        except (FileNotFoundError, ValueError):
            raise CannotWrite(f"the folder {self._path} is not empty and holds no shards") from None
        if not isinstance(there, dict):
            raise CannotWrite(f"{self._path / DESCRIPTION} is not a description of a data set")
        other = [key for key in {**there, **description} if there.get(key) != description.get(key)]
        if other:
            told = ", ".join(f"{key} is {there.get(key)!r} there and {description.get(key)!r} here" for key in other)
            raise CannotWrite(f"the folder {self._path} holds another data set: {told}")

    def _recorded_sums(self) -> dict[str, str]:
        """Return the checksums recorded so far; a line that was cut off is ignored and ended."""
        try:
            text = (self._path / CHECKSUMS).read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if text and not text.endswith("\n"):
            with (self._path / CHECKSUMS).open("a", encoding="utf-8") as file:
                file.write("\n")
        return {name: checksum for checksum, name in re.findall(r"^([0-9a-f]{64})  (.+)$", text, re.MULTILINE)}


def _lay(file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / DESCRIPTION)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
