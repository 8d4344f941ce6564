"""Knows that the error tree drawn at the top of the module is the tree that there is."""

from collections.abc import Iterator

from digitgan.contract import errors
from digitgan.contract.errors import EngineError


def tree(kind: type[EngineError]) -> Iterator[str]:
    yield kind.__name__
    for each in kind.__subclasses__():
        yield from tree(each)


def test_the_drawn_tree_names_every_error_in_order() -> None:
    drawing = (errors.__doc__ or "").partition("EngineError\n")[2]
    drawn = [line.strip("|`- ").split()[0] for line in drawing.splitlines()]
    assert ["EngineError", *drawn] == list(tree(EngineError))
