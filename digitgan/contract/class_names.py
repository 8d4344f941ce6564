"""The names of classes: which ones a card may have, and how they stand in addresses and in the names of files."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

from digitgan.contract.words import most_similar

MAX_CLASS_NAME = 64  # bytes in UTF-8, so that the name of a file has room for all of them escaped
_MOST_LISTED = 10
_PLAIN = " &'()+,=@[]"  # that every file system takes in a name, beside letters of ASCII, digits, - . _ and ~
# What Windows takes for a device, what is hidden or means a folder, and what Windows cuts off.
_SPECIAL = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|\..*|.*[. ]", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"[^\W\d_][^/\\]*")


def check_names(names: Sequence[str]) -> None:
    """Raise ValueError, which names the class, if a name is empty, long, unprintable, padded or not the only one."""
    for label, name in enumerate(names):
        is_plain = name.isprintable() and name == name.strip()
        if not is_plain or not 0 < len(name.encode()) <= MAX_CLASS_NAME:
            raise ValueError(
                f"class_names/{label} must be printable text of 1 to {MAX_CLASS_NAME} bytes, without spaces around it, "
                f"not {name[:MAX_CLASS_NAME]!r}"
            )
        if (first := names.index(name)) != label:
            raise ValueError(f"class_names/{label} is {name!r}, the name of class {first}; each name must be another")


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return the end of a message about a name that no class has: the most similar name, or the first few."""
    same = next((each for each in names if each.casefold() == name.casefold()), None)
    if similar := same or most_similar(name, names):
        return f"did you mean {similar!r}?"
    more = f" and {len(names) - _MOST_LISTED:,} more" if names[_MOST_LISTED:] else ""
    return f"names: {', '.join(names[:_MOST_LISTED])}{more}"


@lru_cache(maxsize=64)
def in_addresses(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands for each class in addresses, percent-encoded.

    It is the name if that begins with a letter and has no slash. Otherwise it is the number: a text that could be read
    as a number always is one there, and proxies change paths with dots or encoded slashes.
    """
    return tuple(quote(name, safe="") if _ADDRESS.fullmatch(name) else str(label) for label, name in enumerate(names))


@lru_cache(maxsize=64)
def in_files(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the name of each class as a folder, or a part of a file's name: ASCII that every file system takes.

    Other characters are percent-encoded, so `urllib.parse.unquote` returns the name. All characters are, if the name
    means something to a system, or differs from an earlier one only by case.
    """
    return tuple(_distinct(names))


def _distinct(names: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        folder = quote(name, safe=_PLAIN)
        if _SPECIAL.fullmatch(name) or folder.lower() in seen:
            folder = "".join(f"%{byte:02X}" for byte in name.encode())
        seen.add(folder.lower())
        yield folder
