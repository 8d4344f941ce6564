"""Knows the manifest that goes with pictures as files: what each of them is.

Does not know how the files are held together.
"""

import orjson

from digitgan.formats.items import Item
from digitgan.formats.kept import Kept
from digitgan.picture.job import Asked

MANIFEST = "manifest.json"


class Manifest:
    """A manifest under way: ``{"model", "version", "images": [{"file", "seed", "label", "url"}]}``, a line an image."""

    def __init__(self, asked: Asked) -> None:
        self._text = Kept()
        head = orjson.dumps({"model": asked.card.model, "version": asked.card.version})
        self._text.add(head[:-1] + b',"images":[')
        self._n = 0

    def name(self, item: Item) -> str:
        """Return the file name of the next picture, by its position, and keep its record."""
        name = item.file_name(self._n)
        self._text.add(b"," * bool(self._n) + b"\n" + orjson.dumps({"file": name} | item.record))
        self._n += 1
        return name

    def end(self) -> Kept:
        """Return all of it, to be sent piece by piece."""
        self._text.add(b"\n]}\n")
        return self._text
