"""Knows a folder that is filled with shards over one run or several: for which data set, and which shards are whole.

Does not know how shards are made. A shard is whole if its bytes have the checksum that was noted once it had its name.
So a run may be killed, or its machine lose power, at any moment. One run at a time fills a folder.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digitgan.cli.outputs import CannotWrite, refuse_impossible, to_file, to_folder

DESCRIPTION = "dataset.json"
CHECKSUMS = "SHA256SUMS"  # as `sha256sum --check` reads it
_LEFT_BEHIND = re.compile(r"\..+\.[0-9a-f]{8}")  # what `to_file` has not renamed yet


class ShardFolder:
    """A folder of one data set's shards.

    Args:
        path: the folder; not there yet, empty, or begun for the same data set.
        description: what decides the bytes of all shards, as JSON has it.

    Raises:
        CannotWrite: it holds something else.
        OSError: it cannot be written or read.
    """

    def __init__(self, path: Path, description: Mapping[str, Any]) -> None:
        self._path = path
        is_begun = path.is_dir() and any(path.iterdir())
        refuse_impossible(path / DESCRIPTION if is_begun else path, is_folder=not is_begun)
        if not is_begun:
            with to_folder(path, _lay) as file:  # so the folder is never there without its description
                file.write(json.dumps(description, indent=2).encode() + b"\n")
        self._refuse_another(description)
        for left in filter(_LEFT_BEHIND.fullmatch, [each.name for each in path.iterdir()]):
            (path / left).unlink()
        self._sums = self._noted()

    def has(self, name: str) -> bool:
        """Return whether a shard is there, whole."""
        try:
            return _sum((self._path / name).read_bytes()) == self._sums.get(name)
        except FileNotFoundError:
            return False

    def keep(self, name: str, content: bytes) -> None:
        """Write a shard: first under another name, then under its own, then its checksum."""
        with to_file(self._path / name) as file:
            file.write(content)
        self._sums[name] = _sum(content)
        with (self._path / CHECKSUMS).open("a", encoding="utf-8") as file:
            file.write(f"{self._sums[name]}  {name}\n")

    def close(self, names: Sequence[str]) -> int:
        """Put the checksums in order, now that all shards are there; return the bytes that those have."""
        with to_file(self._path / CHECKSUMS) as file:
            file.write("".join(f"{self._sums[name]}  {name}\n" for name in names).encode())
        return sum((self._path / name).stat().st_size for name in names)

    def _refuse_another(self, description: Mapping[str, Any]) -> None:
        try:
            there = json.loads((self._path / DESCRIPTION).read_bytes())
        except (FileNotFoundError, ValueError):
            raise CannotWrite(f"the folder {self._path} is not empty, and not of shards") from None
        if not isinstance(there, dict):
            raise CannotWrite(f"{self._path / DESCRIPTION} is something else")
        other = [key for key in {**there, **description} if there.get(key) != description.get(key)]
        if other:
            told = ", ".join(f"{key} is {there.get(key)!r} there and {description.get(key)!r} here" for key in other)
            raise CannotWrite(f"the folder {self._path} is of another data set: {told}")

    def _noted(self) -> dict[str, str]:
        """Return the checksums noted so far; a line that was cut off counts as none, and is ended."""
        try:
            text = (self._path / CHECKSUMS).read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if text and not text.endswith("\n"):
            with (self._path / CHECKSUMS).open("a", encoding="utf-8") as file:
                file.write("\n")
        return {name: noted for noted, name in re.findall(r"^([0-9a-f]{64})  (.+)$", text, re.MULTILINE)}


def _lay(file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / DESCRIPTION)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
