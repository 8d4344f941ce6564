"""The option `--like`: the hand of the digits in picture files."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from digitgan.cli.messages import print_note
from digitgan.cli.output import usage_errors
from digitgan.contract.errors import PictureRefused
from digitgan.contract.limits import MAX_PICTURES
from digitgan.contract.words import counted
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from digitgan.formats import outputs
from digitgan.hands.picture_file import read_content
from digitgan.hands.reading import DigitReading, common_hand, read_files


class FoundHand(NamedTuple):
    """The hand of pictures.

    Attributes:
        token: the hand.
        about: what was read in each picture, as JSON objects.
    """

    token: str
    about: list[dict[str, Any]]


def hand_like(
    settings: EngineSettings, files: Sequence[Path], model: str | None, version: str | None, *, as_json: bool
) -> FoundHand:
    """Return the hand of the digits in pictures, and print what was read.

    Args:
        settings: the engine's settings.
        files: PNG, JPEG or WebP files, at least one; ``-`` is standard input.
        model: name, or None for the default model.
        version: version, or None for the newest.
        as_json: print nothing, since the command prints a JSON object.

    Raises:
        UsageError: there are too many files, one is not readable, or it shows no digit; the text names the file.
        CannotServe, RunFailed: raised by the engine.
    """
    if len(files) > MAX_PICTURES:
        raise click.UsageError(f"--like: {counted(len(files), 'picture')}; at most {MAX_PICTURES} are allowed")
    contents = [_content(file) for file in files]
    with usage_errors(), open_engine(settings, model, version) as engine:
        try:
            readings = asyncio.run(read_files(engine, contents, model, version))
        except PictureRefused as error:
            raise click.UsageError(f"--like {files[error.position]}: {error}") from None
    token = common_hand(readings).token
    if not as_json:
        said = ", ".join(f"{file} as {_in_words(each)}" for file, each in zip(files, readings, strict=True))
        print_note(f"read {said}; hand {token}")
    return FoundHand(token, [_about(file, each) for file, each in zip(files, readings, strict=True)])


def _content(file: Path) -> bytes:
    try:
        if file == outputs.STANDARD:
            return read_content(sys.stdin.buffer)
        with file.open("rb") as opened:
            return read_content(opened)
    except PictureRefused as error:
        raise click.UsageError(f"--like {file}: {error}") from None
    except OSError as error:
        raise click.UsageError(f"--like {file}: {error.strerror}") from None


def _in_words(reading: DigitReading) -> str:
    return f"{reading.class_name or reading.label}, {min(99, int(100 * reading.confidence))} % certain"


def _about(file: Path, reading: DigitReading) -> dict[str, Any]:
    return {
        "file": str(file),
        **reading.said,
        "confidence": round(reading.confidence, 4),
        "error": round(reading.error, 2),
    }
