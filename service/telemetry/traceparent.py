"""Knows the header ``traceparent``: which trace a request belongs to.

Does not know spans. Source: W3C Trace Context, level 1, section 3.2.
"""

import re

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def trace_id_of(value: str) -> str | None:
    """Return the trace's id, 32 hexadecimal digits; None if the header is not valid, as if it were not there.

    A later version may have more fields, version 00 has none; version ff is none, and ids are never all zero.
    """
    found = _FORM.fullmatch(value)
    if found is None:
        return None
    version, trace_id, parent_id, more = found.groups()
    if version == "ff" or (version == "00" and more is not None):
        return None
    return None if set(trace_id) == {"0"} or set(parent_id) == {"0"} else trace_id
