"""How many objects, fields, lists and items a JSON body may have, counted before it is parsed.

Parsed, an empty list or object of two bytes takes hundreds, so a body of a few megabytes could take a gigabyte and
seconds with the interpreter's lock held. Counting takes a few milliseconds.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from digitgan.request.messages import choices, schema_of

from .problems import ProblemError
from .validation import InvalidRequest

_FREE = 64  # objects and fields beside those of the model: unknown ones, which are named or ignored
_FEW_LISTS = 1_024  # parsed within a millisecond, so that an error is named at its field
_FEW_ITEMS = 32_768  # parsed within milliseconds
_MOST_ITEMS = 2**18  # of a body, parsed in about 15 ms, during which nothing else runs
_LONGEST_TEXT = 2**20  # bytes of a body in which text is told from the rest, which takes milliseconds


@dataclass(frozen=True, slots=True)
class BodyShape:
    """The most that a body may have of each part of JSON.

    Attributes:
        objects: objects, counted by their opening braces.
        fields: fields of all objects, counted by their colons.
        lists: lists, counted by their opening brackets.
        items: items of all lists, counted by their commas, beside the components.
        components: numbers in each of the lists that the body has, such as the components of a latent.
    """

    objects: int = 0
    fields: int = 0
    lists: int = 0
    items: int = 0
    components: int = 0

    def check(self, content: bytes) -> None:
        """Raise InvalidRequest if a body has more objects, fields, lists or items than its operation takes."""
        if len(content) <= _FREE:  # too short to hold too many of anything
            return
        excess = self._excess(content)
        if excess and len(content) <= _LONGEST_TEXT:
            excess = self._excess(_without_texts(content))
        if excess:
            what, n, most = excess
            message = f"too many {what}: the body has about {n:,}; at most {most:,} are allowed"
            raise InvalidRequest([ProblemError(pointer="", message=message)], 1)

    def _excess(self, content: bytes) -> tuple[str, int, int] | None:
        """Return what a body has too many of, how many it has, and how many are allowed."""
        n_lists = content.count(b"[")
        most = max(_MOST_ITEMS, self.items // 2)  # of the fields that have lists, others exclude at least half
        items = max(_FEW_ITEMS, min(self.items + n_lists * self.components, most)) + self.fields
        for what, mark, most in (
            ("lists", b"[", max(_FEW_LISTS, self.lists)),
            ("objects", b"{", self.objects + _FREE),
            ("fields", b":", self.fields + _FREE),
            ("items", b",", items),
        ):
            n = n_lists if mark == b"[" else content.count(mark)
            if n > most:
                return what, n, most
        return None


@lru_cache
def shape_of(model: type[BaseModel], most_items: int, most_components: int = 0) -> BodyShape:
    """Return the shape of the bodies of a model, as its schema bounds them.

    Args:
        model: the body's model.
        most_items: maximum number of items in a list that the model does not bound itself.
        most_components: maximum number of components in an item that is itself a list.
    """
    schema = schema_of(model)
    parts: dict[str, Any] = schema.get("$defs", {})

    def whole(node: dict[str, Any]) -> BodyShape:
        alternatives = [one(choice) for choice in choices(node, parts)]
        return BodyShape(*(max(counts) for counts in zip(*map(_counts, alternatives), strict=True)))

    def one(node: dict[str, Any]) -> BodyShape:
        if "properties" in node:
            inner = [_counts(whole(each)) for each in node["properties"].values()]
            objects, fields, lists, items = (sum(each) for each in zip(*inner, strict=True))
            return BodyShape(1 + objects, len(inner) + fields, lists, items)
        if node.get("type") != "array":
            return BodyShape()
        n, of = node.get("maxItems", most_items), node.get("items", {})
        if not of:  # anything, such as the data of a tensor: rows, or all of their components one after the other
            return BodyShape(lists=1 + n, items=n * max(most_components, 1))
        item = whole(of)
        if of.get("type") == "array" and "maxItems" not in of:  # `components` bounds its items
            item = BodyShape(lists=1)
        return BodyShape(n * item.objects, n * item.fields, 1 + n * item.lists, n + n * item.items)

    return BodyShape(*_counts(whole(schema)), components=most_components)


def _counts(shape: BodyShape) -> tuple[int, int, int, int]:
    return shape.objects, shape.fields, shape.lists, shape.items


def _without_texts(content: bytes) -> bytes:
    """Return a body without its strings, whose brackets, braces, colons and commas are text."""
    return b"".join(content.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2])
