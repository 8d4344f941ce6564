"""What the command `write` does: numbers in one hand, in the terminal, as a picture, or as an animation."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import click

from digitgan.cli import terminal
from digitgan.cli.messages import print_note, print_result
from digitgan.cli.output import print_outcome, save, usage_errors
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from digitgan.formats import outputs
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.numbers import NumberSpec
from digitgan.formats.registry import format_of_file, named
from digitgan.picture.address import address_of_one


def write_numbers(
    settings: EngineSettings,
    *,
    numbers: tuple[str, ...],
    seed: int | None,
    output: Path | None,
    format_name: str | None,
    as_json: bool,
    **style: Any,
) -> None:
    """Write numbers in one hand, to a file or as text, and print what was written.

    Args:
        settings: the engine's settings.
        numbers: the digits of each number.
        seed: decides the hand; None for a random one.
        output: the file; None for text.
        format_name: name of the file's format; None to derive it from the file's name.
        as_json: print a JSON object.
        style: further fields of `NumberSpec`.

    Raises:
        UsageError: the request is not possible; the text names the option.
        CannotServe, RunFailed: raised by the engine.
        OSError: the file is not writable.
    """
    hand = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
    spec = NumberSpec(numbers=numbers, seed=hand, **style)
    format = _format(output, format_name)
    with usage_errors():
        if output:
            outputs.check_target(output, is_folder=False)
        with open_engine(settings, spec.model, spec.version) as engine:
            plan = spec.plan(settings.max_images)
            plan, picture, keys = spec.parts(plan, engine.find(spec.model, spec.version).card, format)
            job = prepare(engine, plan, picture, format, keys=keys)
            about: dict[str, Any] = {"model": job.card.model, "version": job.card.version, "seed": hand}
            about |= {"digits": list(numbers), "url": address_of_one(job)}
            if output:
                about |= save(engine, job, format, outputs.to_file(output))
            if output or as_json:
                print_outcome(about, output, as_json=as_json)
                return
            pixels = asyncio.run(engine.generate(job.plan)).images.pixels
    if seed is None:
        print_note(f"seed {hand}")  # so that the same picture can be made again
    print_result(terminal.draw_for_stdout(job.picture.page(pixels)), end="")


def _format(output: Path | None, name: str | None) -> Format:
    """Return the format that the options name, or the name of the file."""
    if output is None or output == outputs.STANDARD:
        return named(Use.FILE)[name or "png"]
    try:
        return format_of_file(output, name)
    except ValueError as error:
        raise click.UsageError(f"-o {output}: {error}") from None
