"""The tree of errors in the module's docstring matches the classes."""

from collections.abc import Iterator

from digitgan.contract import errors
from digitgan.contract.errors import EngineError


def tree(kind: type[EngineError]) -> Iterator[str]:
    yield kind.__name__
    for each in kind.__subclasses__():
        yield from tree(each)


def test_docstring_lists_every_error_in_order() -> None:
    tree_text = (errors.__doc__ or "").partition("EngineError\n")[2]
    names = [line.strip("|`- ").split()[0] for line in tree_text.splitlines()]
    assert ["EngineError", *names] == list(tree(EngineError))
