"""Phrases that messages of all rooms share: numbers with their nouns, unknown names, and how processes ended."""

import difflib
import signal
from collections.abc import Iterable

from digitgan.contract.documents import shorten

_LONGEST_NAME = 100  # characters of a name that is compared with others
_SIMILAR = 0.75  # of 1: names at least this similar are probably misspellings


def counted(n: int, noun: str) -> str:
    """Return a number with its noun, such as "1 image" or "1,024 images"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def unknown(term: str, name: str, names: Iterable[str]) -> str:
    """Return the message about a name that does not exist, with the most similar one, or else all that exist."""
    names = list(names)
    similar = most_similar(name, names)
    hint = f"did you mean {similar!r}?" if similar is not None else f"available {term}s: {', '.join(names)}"
    return f"no {term} {shorten(name)!r}; {hint}"


def most_similar(name: str, names: Iterable[str]) -> str | None:
    """Return the one of the names that another is probably a misspelling of; None if there is none."""
    if len(name) > _LONGEST_NAME:
        return None
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=_SIMILAR)), None)


def describe_exit(exitcode: int | None) -> str:
    """Return how a process ended, such as "SIGKILL" or "status 1".

    Args:
        exitcode: as `multiprocessing` has it: a signal's number if it is negative.
    """
    if exitcode is None or exitcode >= 0:
        return f"status {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:  # a real-time signal has no name
        return f"signal {-exitcode}"
