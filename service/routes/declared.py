"""Knows what a request's body must be declared as.

Does not know what bodies say.
"""

from email.message import Message
from typing import Annotated

from fastapi import Depends, Header, HTTPException


def _require_json(content_type: Annotated[str, Header()] = "") -> None:
    """Refuse a body that is not declared as JSON."""
    declared = Message()
    declared["content-type"] = content_type
    if declared.get_content_type() != "application/json":
        raise HTTPException(
            415, f"the body is declared as {content_type or 'nothing'!r}; application/json is read here"
        )


JSON_ONLY = Depends(_require_json)
