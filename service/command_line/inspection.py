"""Knows what the provenance in a PNG says, and the request that gives the same file again.

Does not know models, nor whether the pixels are those that the text speaks of: asking again tells.
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field, ValidationError

from digitgan.contract.card import Name, Sha256, Version
from digitgan.picture.provenance import ABOUT_MODEL, DIGITAL_SOURCE_TYPE, PREFIX, SOFTWARE, XMP_KEYWORD
from digitgan.png.texts import BadPng, PngTexts, read
from service.requests.generate import GenerateRequest
from service.requests.interpolate import InterpolateRequest

MAX_FILE_BYTES = 64 * 2**20  # four times the most pixels that the service holds at a time
_SOURCES = ("seeds", "latents")


class CannotInspect(Exception):
    """A file cannot be read, is no PNG, or says nothing that can be understood; the text says which."""


class Origin(BaseModel):
    """What made a picture."""

    encoder: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
    sha256: Sha256
    model: Name
    version: Version


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a PNG says of itself.

    Attributes:
        file: as it was named.
        png: its size and texts.
        origin: what made it.
        fields: what was asked for, as fields of a request, possible ones.
    """

    file: str
    png: PngTexts
    origin: Origin
    fields: dict[str, Any]

    @property
    def is_marked(self) -> bool:
        """Whether it bears the IPTC's mark of what a trained model made."""
        return DIGITAL_SOURCE_TYPE in self.png.texts.get(XMP_KEYWORD, "")

    @property
    def path(self) -> str:
        """Where to ask."""
        return "/interpolate" if "steps" in self.fields else "/generate"

    @property
    def accept(self) -> str:
        """The media type to ask for."""
        return "image/apng" if self.png.is_animated else "image/png"

    @property
    def request(self) -> dict[str, Any] | None:
        """The body to ask with; None for a picture of latents that it does not hold."""
        if not any(source in self.fields for source in _SOURCES):
            return None
        return {"model": self.origin.model, "version": self.origin.version, **self.fields, "metadata": True}

    def curl(self, url: str) -> str | None:
        """Return the line for a shell that asks a service for the same file, if there is one."""
        if self.request is None:
            return None
        body = shlex.quote(json.dumps(self.request))
        address = shlex.quote(url.rstrip("/") + self.path)
        return f"curl -sf {address} --json {body} -H 'accept: {self.accept}' -o again.png"

    def as_text(self, url: str) -> str:
        """Return what a person wants to know."""
        png, origin = self.png, self.origin
        mark = "trainedAlgorithmicMedia" if self.is_marked else "absent"
        said = [
            ("size", f"{png.width} x {png.height}{', animated' if png.is_animated else ''}"),
            ("software", f"{SOFTWARE}, PNG encoder {origin.encoder}"),
            ("model", f"{origin.model} {origin.version}, sha256 {origin.sha256}"),
            *((name, json.dumps(value)) for name, value in self.fields.items()),
            ("digital source type", mark),
        ]
        again = (
            self.curl(url) or "It was made of several latents, which it does not hold: it cannot be asked for again."
        )
        return "".join(f"{name:20} {value}\n" for name, value in said) + f"\n{again}\n"

    def as_json(self, url: str) -> str:
        """Return what a script wants to know, as one line of JSON."""
        said = {
            "file": self.file,
            "width": self.png.width,
            "height": self.png.height,
            "is_animated": self.png.is_animated,
            "software": SOFTWARE,
            **self.origin.model_dump(),
            "digital_source_type": DIGITAL_SOURCE_TYPE if self.is_marked else None,
            "path": self.path,
            "accept": self.accept,
            "request": self.request,
            "curl": self.curl(url),
        }
        return json.dumps(said) + "\n"


def inspect(path: Path) -> Inspection:
    """Return what a PNG file says of itself, found to be possible.

    Raises:
        CannotInspect: it cannot be read, is no whole PNG, or is without metadata of this service.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise CannotInspect(f"{path} has more than {MAX_FILE_BYTES} bytes, and no picture of this service has")
        return understand(str(path), read(content))
    except OSError as error:
        raise CannotInspect(f"{path} cannot be read: {error.strerror}") from None
    except BadPng as error:
        raise CannotInspect(f"{path} {error}") from None


def understand(file: str, png: PngTexts) -> Inspection:
    """Return what the texts of a PNG say, each checked as a request's field is.

    Raises:
        CannotInspect: there are none of this service, or they say what cannot be.
    """
    said = {name.removeprefix(PREFIX): text for name, text in png.texts.items() if name.startswith(PREFIX)}
    if png.texts.get("Software") != SOFTWARE or not said:
        raise CannotInspect(f'{file} holds no metadata of this service; a request with "metadata": true gives it')
    try:
        origin = Origin.model_validate({name: said.pop(name) for name in ABOUT_MODEL if name in said})
        inspection = Inspection(file, png, origin, {name: orjson.loads(text) for name, text in said.items()})
        asked = InterpolateRequest if inspection.path == "/interpolate" else GenerateRequest
        asked.model_validate(inspection.request or {**inspection.fields, "count": 1})  # as if there were seeds
    except orjson.JSONDecodeError:
        raise CannotInspect(f"{file} holds metadata that is not what this service writes: not JSON") from None
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        place = PREFIX + "/".join(map(str, fault["loc"]))
        raise CannotInspect(
            f"{file} holds metadata that is not what this service writes: {place!r}, {fault['msg']}"
        ) from None
    return inspection
