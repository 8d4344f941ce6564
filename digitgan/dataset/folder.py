"""A folder of shards that one command fills, or several in turn after interruptions.

A shard is complete if it has the size that its images have, and the recorded checksum, which is written after the shard
has its final name. So a command may be killed, or the machine lose power, at any moment. In a local folder, the
checksum is compared with the bytes; elsewhere, reading them would take as long as making them, so the size and the
record decide. Only one command at a time may fill a folder.
"""

import errno
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from digitgan.contract.documents import MOST_LISTED, BadDocument, Shape, parse_json, shorten
from digitgan.dataset.store import Store
from digitgan.engine.selection import Tally
from digitgan.formats.outputs import CannotWrite

DESCRIPTION = "dataset.json"
CHECKSUMS = "SHA256SUMS"  # as `sha256sum --check` reads it
SELECTED = "selected.jsonl"  # how the images of each shard were chosen
_TALLY_LINE = r'^{"file": "([^"]+)", "images": (\d+), "later": (\d+), "refused": (\d+), "candidates": (\d+)}$'
_DESCRIPTION_SHAPE = Shape(n_bytes=2**16, n_lists=2**6, n_objects=2**6, n_items=2**8)
_CHECKSUMS_SHAPE = Shape(n_bytes=2**27, n_lists=0, n_objects=0, n_items=0)  # enough for a million shards
_SELECTED_SHAPE = Shape(n_bytes=2**28, n_lists=0, n_objects=2**20, n_items=2**23)  # the same


class ShardFolder:
    """A folder of one data set's shards, started by this command or an earlier one.

    Args:
        store: the folder; it is missing, empty, or was started for the same data set.
        description: everything that determines the bytes of the shards; serialisable as JSON.
        is_selected: whether images are chosen among candidates; then it is recorded, how those of each shard were.

    Raises:
        CannotWrite: the folder contains anything else.
        OSError: the folder cannot be read or written.
    """

    def __init__(self, store: Store, description: Mapping[str, Any], *, is_selected: bool = False) -> None:
        self._store = store
        self._is_selected = is_selected
        store.start(DESCRIPTION, json.dumps(description, indent=2).encode() + b"\n")
        self._check_description(description)
        store.clean()
        self._sums = self._recorded_sums()
        self._tallies = self._recorded_tallies() if is_selected else {}
        self._sizes = store.sizes()

    @property
    def tally(self) -> Tally:
        """How the images of all shards were chosen."""
        return sum(self._tallies.values(), Tally())

    def has(self, name: str, size: int) -> bool:
        """Return whether a shard was complete when the folder was opened.

        Args:
            name: the shard's file.
            size: the bytes that it must have.
        """
        recorded = self._sums.get(name)
        if self._is_selected and name not in self._tallies:
            return False
        return self._sizes.get(name) == size and recorded is not None and self._store.holds(name, recorded)

    def add(self, name: str, checksum: str, content: bytes | None, tally: Tally | None = None) -> None:
        """Write a shard and then record it.

        Args:
            name: the shard's file.
            checksum: its SHA-256.
            content: its bytes; None if they are in the store already.
            tally: how its images were chosen; None if they were taken as they came.
        """
        if content is not None:
            self._store.write(name, content)
        if tally is not None:
            self._tallies[name] = tally
            self._store.append(SELECTED, _line(name, tally))
        self._sums[name] = checksum
        self._store.append(CHECKSUMS, f"{checksum}  {name}\n")

    def close(self, sizes: Mapping[str, int]) -> None:
        """Sort the records of the complete folder.

        Args:
            sizes: the bytes of each shard, in order.

        Raises:
            OSError: a shard is not there, or has another size, as if the command had not been alone.
        """
        there = self._store.sizes()
        lost = [name for name, size in sizes.items() if there.get(name) != size]
        if lost:
            what = f"missing or of another size since it was written: {lost[0]}"
            more = f", and {len(lost) - 1:,} more files" if lost[1:] else ""
            raise OSError(errno.EIO, what + more, self._store.name)
        self._store.write(CHECKSUMS, "".join(f"{self._sums[name]}  {name}\n" for name in sizes).encode())
        if self._is_selected:
            lines = "".join(_line(name, self._tallies[name]) for name in sizes)
            self._store.write(SELECTED, lines.encode())

    def _check_description(self, description: Mapping[str, Any]) -> None:
        place = self._store.name
        try:
            there = parse_json(self._store.read(DESCRIPTION, _DESCRIPTION_SHAPE))
        except FileNotFoundError:
            raise CannotWrite(f"the folder {place} is not empty and contains no data set") from None
        except BadDocument as error:
            raise CannotWrite(f"{place}/{DESCRIPTION} does not describe a data set: {error}") from None
        if not isinstance(there, dict):
            raise CannotWrite(f"{place}/{DESCRIPTION} does not describe a data set: must be an object")
        different = [
            f"{shorten(key)} is {shorten(repr(there.get(key)))}, not {description.get(key)!r}"
            for key in {**description, **there}
            if there.get(key) != description.get(key)
        ]
        if different:
            text = ", ".join(different[:MOST_LISTED])
            raise CannotWrite(f"the folder {place} contains a different data set: {text}")

    def _recorded_sums(self) -> dict[str, str]:
        found = re.findall(r"^([0-9a-f]{64})  (.+)$", self._recorded(CHECKSUMS, _CHECKSUMS_SHAPE), re.MULTILINE)
        return {name: checksum for checksum, name in found}

    def _recorded_tallies(self) -> dict[str, Tally]:
        found = re.findall(_TALLY_LINE, self._recorded(SELECTED, _SELECTED_SHAPE), re.MULTILINE)
        return {name: Tally(*map(int, counts)) for name, *counts in found}

    def _recorded(self, file: str, shape: Shape) -> str:
        """Return the lines of a file; a line that was cut off is terminated, and is not one of a shard."""
        try:
            text = self._store.read(file, shape).decode(errors="replace")
        except FileNotFoundError:
            return ""
        except BadDocument as error:
            place = f"{self._store.name}/{file}"
            raise CannotWrite(f"{place} does not list the shards of a data set: {error}") from None
        if text and not text.endswith("\n"):
            self._store.append(file, "\n")
        return text


def _line(name: str, tally: Tally) -> str:
    return json.dumps({"file": name, **asdict(tally)}) + "\n"
