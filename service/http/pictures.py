"""The files of pictures in requests, in base64 or as files of a form, and which of them an error is about."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import pybase64
from pydantic import AfterValidator, Field, Strict

from digitgan.contract.errors import InvalidPlan, PictureRefused
from digitgan.contract.words import counted
from digitgan.request.messages import ALLOWED

IN_BASE64 = "a PNG, JPEG or WebP file in base64"


def _decoded(text: str) -> bytes:
    """Return the file that a text holds in base64; the message never repeats it."""
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(f"must be {IN_BASE64} alone: no line breaks, and no prefix such as 'data:'") from error


if TYPE_CHECKING:  # what the fields hold after validation
    File = bytes
    Upload = bytes
else:
    File = Annotated[str, Strict(), AfterValidator(_decoded), Field(json_schema_extra={ALLOWED: IN_BASE64})]
    Upload = Annotated[str, Field(json_schema_extra={"format": "binary"})]


def fields_of_files(n: int) -> list[str]:
    """Return what errors call each of n files that a form has in its field `image`."""
    return [f"image/{i}" for i in range(n)] if n > 1 else ["image"]


def check_n_files(n: int, most: int) -> None:
    """Raise InvalidPlan unless a form has 1 to most files in its field `image`."""
    if not 0 < n <= most:
        allowed = "1 is" if most == 1 else f"1 to {most} are"
        raise InvalidPlan("image", f"the form has {counted(n, 'file')} in the field image; {allowed} allowed")


@contextmanager
def refused_by_field(fields: Sequence[str]) -> Iterator[None]:
    """Let the error of a refused picture point at the picture's field.

    Args:
        fields: that of each picture.

    Raises:
        InvalidPlan: a picture was refused.
    """
    try:
        yield
    except PictureRefused as error:
        raise InvalidPlan(fields[error.position], str(error)) from error
