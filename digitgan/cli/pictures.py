"""What the command `write` does: numbers in one hand, in the terminal, as a picture, or as an animation."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from digitgan.cli import terminal
from digitgan.cli.messages import print_note, print_result
from digitgan.cli.output import print_outcome, save, usage_errors
from digitgan.contract.limits import MIN_HEIGHT
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from digitgan.formats import outputs
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.numbers import NumberSpec
from digitgan.formats.registry import format_of_file, named
from digitgan.picture import drawing
from digitgan.picture.address import address_of_one
from digitgan.request.messages import validated


def write_numbers(
    settings: EngineSettings,
    *,
    numbers: tuple[str, ...],
    output: Path | None,
    format_name: str | None,
    as_json: bool,
    about_hand: Mapping[str, Any],
    **fields: Any,
) -> None:
    """Write numbers in one hand, to a file or as text, and print what was written.

    Args:
        settings: the engine's settings.
        numbers: the digits of each number.
        output: the file; None for text.
        format_name: name of the file's format; None to derive it from the file's name.
        as_json: print a JSON object.
        about_hand: facts about the hand, for the JSON object.
        fields: further fields of `NumberSpec`; None for those that were not given.

    Raises:
        UsageError: the request is not possible; the text names the option.
        CannotServe, RunFailed: raised by the engine.
        OSError: the file is not writable.
    """
    format = _format(output, format_name)
    given = {name: value for name, value in fields.items() if value is not None}
    with usage_errors():
        spec = validated(NumberSpec, {"digits": [*numbers], **given}, "option")
        if output:
            outputs.check_target(output, is_folder=False)
        with open_engine(settings, spec.model, spec.version) as engine:
            plan = spec.plan(settings.max_images)
            plan, picture, keys = spec.parts(plan, engine.find(spec.model, spec.version).card, format)
            job = prepare(engine, plan, picture, format, keys=keys)
            about: dict[str, Any] = {"model": job.card.model, "version": job.card.version, **spec.of_hand}
            about |= {"digits": spec.digits, "url": address_of_one(job), **about_hand}
            if output:
                about |= save(engine, job, format, outputs.to_file(output))
            if output or as_json:
                print_outcome(about, output, as_json=as_json)
                return
            generated = asyncio.run(engine.generate(job.plan))
    if given.keys().isdisjoint(("seed", "hand")):
        print_note(f"seed {spec.seed}")  # so that the same picture can be made again
    picture = job.picture
    if "height" not in given:  # a terminal has few pixels
        picture = picture.model_copy(update={"height": MIN_HEIGHT})
    print_result(terminal.draw_for_stdout(drawing.page(picture, generated.images.pixels, generated.source)), end="")


def _format(output: Path | None, name: str | None) -> Format:
    """Return the format that the options name, or the name of the file."""
    if output is None or output == outputs.STANDARD:
        return named(Use.FILE)[name or "png"]
    try:
        return format_of_file(output, name)
    except ValueError as error:
        raise click.UsageError(f"-o {output}: {error}") from None
