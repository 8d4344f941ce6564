"""Knows the manifest that goes with pictures as files: what each of them is.

Does not know how the files are held together.
"""

import orjson

from service.render.asked import Asked
from service.render.items import Item

MANIFEST = "manifest.json"


class Manifest:
    """A manifest under way; holds some 100 bytes an image, as JSON."""

    def __init__(self, asked: Asked) -> None:
        self._card = asked.card
        self._records = bytearray()
        self._n = 0

    def name(self, item: Item) -> str:
        """Return the file name of the next picture, by its position, and keep its record."""
        name = item.file_name(self._n)
        self._records += b"," * bool(self._n) + b"\n" + orjson.dumps({"file": name} | item.record)
        self._n += 1
        return name

    def end(self) -> bytes:
        """Return ``{"model", "version", "images": [{"file", "seed", "label", "url"}]}``, a line an image."""
        head = orjson.dumps({"model": self._card.model, "version": self._card.version})
        return head[:-1] + b',"images":[' + bytes(self._records) + b"\n]}\n"
