"""Knows what a form of an answer is: rendered whole, or streamed while its images are still being made.

Does not know any form: each is a module beside this one, and `digitgan.formats.registry` is the table of them.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from digitgan.engine.engine import Generated
from digitgan.picture.job import Asked
from digitgan.png.encoder import ENCODER_ID

OURS = f"digitgan-{ENCODER_ID}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What every form says of itself.

    Attributes:
        media_type: as a client names it in ``Accept``.
        content_type: as the answer names it, with parameters; the media type by itself where it has none.
        description: one sentence for the documentation.
        example: a short answer for the documentation; None for what is not text.
        compresses: much smaller when compressed, which is done for clients that read it.
        made_with: the package that makes its bytes, where it is not this one; another version may give other bytes.
        extra: the extra of this package that brings that one; None where it is always there.
    """

    media_type: str
    content_type: str = ""
    description: str
    example: Any = None
    compresses: bool = False
    made_with: str | None = None
    extra: str | None = None

    @property
    def encoder(self) -> str:
        """What made the bytes, by name and version."""
        return OURS if self.made_with is None else _named(self.made_with)

    @property
    def is_installed(self) -> bool:
        """Whether what makes the bytes is there."""
        return self.extra is None or self.made_with is None or find_spec(self.made_with) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(_Form):
    """A form that needs all images at once.

    Attributes:
        render: asked, generated -> the answer's body.
    """

    render: Callable[[Asked, Generated], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed(_Form):
    """A form that goes out while later images are still being made, so their number is not bound by memory.

    Attributes:
        stream: asked, chunks of generated images -> pieces of the answer's body.
        size: asked -> bytes of the whole body, where that is known before its first byte.
    """

    stream: Callable[[Asked, AsyncIterator[Generated]], AsyncIterator[bytes | memoryview]]
    size: Callable[[Asked], int] | None = None


Form = Whole | Streamed


@lru_cache
def _named(package: str) -> str:
    return f"{package}-{version(package)}"
