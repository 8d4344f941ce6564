"""Knows that a header field whose value is a list may come in several lines, which are one list.

Does not know what is listed.
"""

from fastapi import Request


def listed(request: Request, name: str) -> str | None:
    """Return all lines of a field as one; None where it has none.

    Source: RFC 9110, section 5.3.
    """
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None
