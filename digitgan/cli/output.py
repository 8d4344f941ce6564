"""How a command saves encoded images, and what it prints about them."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from digitgan.cli.messages import print_note, print_result
from digitgan.contract.errors import InvalidPlan, UnknownModel
from digitgan.formats import outputs
from digitgan.formats.encoding import Producer, encode
from digitgan.formats.format import Format
from digitgan.picture.job import Job

_LINE_INTERVAL_S = 30.0
_OTHER_NAMES = {"seeds": "--seed", "digits": "NUMBER", "labels": "NUMBER"}


@contextmanager
def usage_errors() -> Iterator[None]:
    """Raise UsageError for whatever the engine or the output refuses in the block, in terms of the command line."""
    try:
        yield
    except (InvalidPlan, UnknownModel) as error:
        raise click.UsageError(f"{option_of(error.field)}: {error}") from None
    except outputs.CannotWrite as error:
        raise click.UsageError(f"-o: {error}") from None


def option_of(field: str) -> str:
    """Return the option or argument that gives a field of a plan."""
    name = field.partition("/")[0]
    return _OTHER_NAMES.get(name, "--" + name.replace("_", "-"))


def save(producer: Producer, job: Job, format: Format, place: AbstractContextManager[BinaryIO]) -> dict[str, Any]:
    """Write the file of a job to its place, with a progress bar on a terminal; return its media type and size.

    Raises:
        RunFailed: a model run failed.
        OSError: the place is not writable.
    """

    async def write(file: BinaryIO) -> int:
        with progress(len(job.plan), is_shown=format.is_streamed) as bar:
            encoding = await encode(producer, job, format, bar.update)
            return sum([file.write(piece) async for piece in encoding.pieces])

    with place as file:
        size = asyncio.run(write(file))
    return {"media_type": format.media_type, "size_bytes": size}


def progress(n_images: int, n_made: int = 0, *, is_shown: bool = True) -> Any:
    """Return what shows progress on stderr: a bar in a terminal, and elsewhere a line each half a minute."""
    from tqdm import tqdm

    common = {"total": n_images, "initial": n_made, "unit": " images"}
    if not is_shown or sys.stderr.isatty():
        return tqdm(**common, disable=not is_shown)
    intervals = dict.fromkeys(("delay", "mininterval", "maxinterval"), _LINE_INTERVAL_S)
    return tqdm(
        **common, **intervals, file=_Lines(), bar_format="{n:,} of {total:,} images, {rate_fmt}, {remaining} left"
    )


def show_stage(bar: Any, stage: str) -> None:
    """Show on a bar what happens while there is no progress; "" for nothing in particular."""
    bar.set_postfix_str(stage, refresh=sys.stderr.isatty())


class _Lines:
    """A file whose lines are notes, such as those of a log; what moves the cursor of a terminal is left out."""

    def write(self, text: str) -> None:
        if line := text.strip():
            print_note(line)

    def flush(self) -> None:
        pass


def note_above_progress(message: str) -> None:
    """Report something while a progress bar may be shown, which stays the last line."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stderr):
        print_note(message)


def print_outcome(about: dict[str, Any], output: Path | str | None, *, as_json: bool) -> None:
    """Print a JSON object that describes a file, or the file's name; nothing among bytes on standard output."""
    if output is not None and str(output) == str(outputs.STANDARD):
        return
    print_result(json.dumps({**about, "file": output and str(output)}) if as_json else str(output))
