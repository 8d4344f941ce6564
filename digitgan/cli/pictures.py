"""What the command `write` does: numbers in one hand, in the terminal, as a picture, or as an animation."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from digitgan.cli import terminal
from digitgan.cli.messages import print_note, print_result
from digitgan.cli.output import print_outcome, save, usage_errors
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.engine import Engine
from digitgan.engine.interpolation import frame_plan
from digitgan.engine.loading import open_engine
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Seeds
from digitgan.formats import outputs
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import named
from digitgan.picture.address import address_of_one
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture

_PADDING = 2  # around several numbers; the default of POST /generate
_DIGIT_MS = 500  # how long an animation shows each digit


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the numbers are drawn; the names are those of the options."""

    model: str | None
    version: str | None
    truncation: float
    scale: int
    gap: int | None
    invert: bool
    metadata: bool


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
        style: fields of `Style`.

    Raises:
        UsageError: the request is not possible; the text names the option.
        CannotServe, RunFailed: raised by the engine.
        OSError: the file is not writable.
    """
    hand = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
    wanted = Style(**style)
    format = _format(output, format_name)
    with usage_errors():
        if output:
            outputs.check_target(output, is_folder=False)
        with open_engine(settings, wanted.model, wanted.version) as engine:
            job = _job(engine, settings.max_images, format, numbers, hand, wanted)
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
    formats = named(Use.FILE)
    by_suffix = {each.suffix: each for each in formats.values()}
    if output is None or output == outputs.STANDARD:
        return formats[name or "png"]
    suffix = output.suffix.lower()
    if name is None and suffix not in by_suffix:
        raise click.UsageError(f"-o {output}: the name of a picture's file ends with {', '.join(by_suffix)}")
    if name is not None and suffix in by_suffix and by_suffix[suffix].name != name:
        raise click.UsageError(f"-o {output}: the file's name says {suffix}, but --format says {name}")
    return formats[name] if name else by_suffix[suffix]


def _job(engine: Engine, max_images: int, format: Format, numbers: tuple[str, ...], seed: int, style: Style) -> Job:
    """Return the job: one picture of all numbers, or an animation of one number's digits."""
    n_images = sum(map(len, numbers))
    if n_images > max_images:
        raise InvalidPlan("digits", f"{n_images:,} digits; at most {max_images:,} are allowed")
    options: dict[str, Any] = {"truncation": style.truncation, "model": style.model, "version": style.version}
    looks: dict[str, Any] = {"scale": style.scale, "padding": _PADDING, "invert": style.invert}
    looks["metadata"] = style.metadata
    if Use.IMAGES in format.uses:
        plan = number_plan(Seeds([seed] * len(numbers)), numbers, **options)
        return prepare(engine, plan, Picture(numbers=numbers, gap=style.gap or 0, **looks), format)
    if len(numbers) > 1 or n_images == 1:
        raise click.UsageError(f"NUMBER: {format.name} shows the digits of one number in turn, and needs at least two")
    if style.gap is not None:
        raise click.UsageError(f"--gap: {format.name} shows one digit at a time, so there is no gap")
    labels = [int(digit) for digit in numbers[0]]
    seeds = [seed] * len(labels)
    keys = Plan(source=Seeds(seeds), labels=labels, **options)
    plan = frame_plan(keys, engine.find(style.model, style.version).card, 1, loop=True)
    picture = Picture(frame_ms=_DIGIT_MS, loop=True, **looks)
    return prepare(engine, plan, picture, format, keys={"seeds": seeds, "labels": labels, "steps": 1, "loop": True})
