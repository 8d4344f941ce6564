"""Knows what the commands that make images without a server do: `write` and `dataset`.

Does not know words and flags (`service.command_line.cli`), nor how images are made (`service.offline`).
"""

import asyncio
import json as json_text
import os
import secrets
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from digitgan.formats.understood import understand
from tqdm import tqdm

from digitgan.contract.errors import InvalidPlan, UnknownModel
from digitgan.contract.limits import MAX_SEED
from digitgan.engine.engine import Engine
from digitgan.formats import (
    apng_body,
    gif_body,
    idx_tar,
    image_folder,
    outputs,
    parquet_body,
    png_body,
    terminal,
    webp_body,
)
from digitgan.formats.format import Form, Streamed
from digitgan.picture.address import address_of_one
from digitgan.picture.job import Asked
from digitgan.picture.picture import Picture
from service.command_line import sharded_dataset
from service.command_line.words import WrongWords, request, wrong_words
from service.offline import engine_of, pieces
from service.requests.dataset import DatasetRequest
from service.requests.generate import GenerateRequest
from service.requests.interpolate import InterpolateRequest
from service.settings import Settings

PICTURES: Mapping[str, Form] = {
    "png": png_body.FORM,
    "webp": webp_body.FORM,
    "gif": gif_body.FORM,
    "apng": apng_body.FORM,
}
_MOVING = ("gif", "apng")
_DIGIT_MS = 500  # a digit of a moving number


@dataclass(frozen=True, slots=True)
class _Packed:
    form: Streamed
    suffix: str
    unpack: Callable[[Path, Path], None]


def _unzip(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)  # noqa: S202 - what this process packed


def _untar(file: Path, folder: Path) -> None:
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")


def _lay(file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / "train.parquet")


DATASETS: Mapping[str, _Packed] = {
    "idx": _Packed(idx_tar.FORM, ".tar", _untar),
    "folders": _Packed(image_folder.FORM, ".zip", _unzip),
    "parquet": _Packed(parquet_body.FORM, ".parquet", _lay),
}


def write(
    settings: Settings,
    numbers: list[str],
    *,
    output: Path | None = None,
    format: str | None = None,
    json: bool = False,
    **fields: Any,
) -> str:
    """Write numbers in one hand, to a file or as text; return what is to be printed.

    Raises:
        WrongWords: it cannot be had; the word is named.
        CannotServe, RunFailed: as the engine.
        OSError: the file cannot be written.
    """
    is_drawn = "seed" not in fields
    seed = secrets.randbelow(MAX_SEED + 1) if is_drawn else fields.pop("seed")
    kind = _kind(output, format) if output else None
    _refuse_impossible(output, is_folder=False)
    with engine_of(settings) as engine:
        try:
            asked = _asked(engine, settings, kind or "png", numbers, seed, fields)
        except (InvalidPlan, UnknownModel) as error:
            raise wrong_words(error) from None
        about = _about(asked, seed=seed, digits=numbers, url=address_of_one(asked))
        if kind and output:
            about |= _save(engine, asked, PICTURES[kind], outputs.to_file(output))
            return _record(about, output) if json else _name(output)
        if json:
            return _record(about, None)
        pixels = asyncio.run(engine.generate(asked.plan)).images.pixels
    if is_drawn:
        print(f"digitgan: seed {seed}", file=sys.stderr)  # noqa: T201 - so that it can be asked for again
    return terminal.draw(asked.picture.page(pixels), colours(), shutil.get_terminal_size((80, 24)).columns)


def dataset(
    settings: Settings,
    *,
    output: str,
    format: str | None = None,
    json: bool = False,
    shard_images: int | None = None,
    ray: bool = False,
    **fields: Any,
) -> str:
    """Write a labelled data set to a file or a folder, with a progress bar; return what is to be printed.

    In shards of some images, or on a Ray cluster, it is what `service.command_line.sharded_dataset` does.

    Raises:
        WrongWords: it cannot be had; the word is named.
        CannotServe, RunFailed: as the engine.
        OSError: it cannot be written.
    """
    target = Path(output)
    is_folder = target != outputs.STANDARD and (output.endswith("/") or not target.suffix or target.is_dir())
    is_sharded = ray or shard_images is not None
    if is_sharded and not (is_folder and format in (None, "parquet")):
        raise WrongWords(f"{'--ray' if ray else '--shard-images'}: shards are Parquet, in a folder")
    name = "parquet" if is_sharded else format or _packing(target, is_folder=is_folder)
    packed = DATASETS[name]
    if target != outputs.STANDARD and not is_folder and target.suffix != packed.suffix:
        raise WrongWords(f"-o {output}: as {name} it is a file that ends with {packed.suffix}, or a folder with /")
    if not packed.form.is_installed:
        raise WrongWords(f"--format {name} needs pip install 'digitgan[{packed.form.extra}]'")
    if ray and find_spec("ray") is None:
        raise WrongWords("--ray needs pip install 'digitgan[ray]'")
    asked_for = request(DatasetRequest, fields)
    if is_sharded:
        about = sharded_dataset.write(settings, asked_for, target, shard_images, on_ray=ray)
        return _record(about, target) if json else _name(target)
    _refuse_impossible(target, is_folder=is_folder)
    place = outputs.to_folder(target, packed.unpack) if is_folder else outputs.to_file(target)
    with engine_of(settings) as engine:
        try:
            card = engine.find(asked_for.model, asked_for.version).card
            plan = asked_for.plan(card, settings.max_stream_images)
            asked = understand(engine, plan, Picture(), packed.form)
        except (InvalidPlan, UnknownModel) as error:
            raise wrong_words(error) from None
        about = _about(asked, seed=asked_for.seed, count=len(plan), format=name)
        about |= _save(engine, asked, packed.form, place)
    return _record(about, target) if json else _name(target)


def colours() -> terminal.Colours:
    """Return what the terminal on standard output can show, by what it says of itself; none where it is no terminal."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb":
        return terminal.Colours.NONE
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        return terminal.Colours.NONE
    is_direct = os.environ.get("COLORTERM") in ("truecolor", "24bit")
    return terminal.Colours.DIRECT if is_direct else terminal.Colours.PALETTE


def _packing(target: Path, *, is_folder: bool) -> str:
    """Return the packing that a target's name asks for; without a word on it, MNIST's own."""
    if is_folder or target == outputs.STANDARD:
        return "idx"
    for name, packed in DATASETS.items():
        if packed.suffix == target.suffix:
            return name
    suffixes = ", ".join(packed.suffix for packed in DATASETS.values())
    raise WrongWords(f"-o {target}: a data set's file ends with {suffixes}, a folder with /")


def _kind(output: Path, named: str | None) -> str:
    suffix = output.suffix.removeprefix(".").lower()
    if output == outputs.STANDARD:
        return named or "png"
    if named is None and suffix not in PICTURES:
        raise WrongWords(f"-o {output}: a picture's file ends with {', '.join('.' + each for each in PICTURES)}")
    if named is not None and suffix in PICTURES and suffix != named:
        raise WrongWords(f"-o {output}: its end says {suffix}, --format says {named}")
    return named or suffix


def _asked(
    engine: Engine, settings: Settings, kind: str, numbers: list[str], seed: Any, fields: dict[str, Any]
) -> Asked:
    """Return what is asked: a picture of numbers, or one number's digits as frames, each as HTTP would have it."""
    form = PICTURES[kind]
    if kind not in _MOVING:
        still = request(GenerateRequest, {"seeds": seed, "digits": numbers, **fields})
        card = engine.find(still.model, still.version).card
        return understand(engine, *still.plan_and_picture(card, settings.max_images), form)
    if len(numbers) > 1 or len(numbers[0]) < 2:
        raise WrongWords(f"NUMBER: as {kind} the digits of one number follow each other, so it has two or more")
    if "gap" in fields:
        raise WrongWords(f"--gap: as {kind} the digits follow each other, with nothing between")
    digits = [int(digit) for digit in numbers[0]]
    frames = {"seeds": [seed] * len(digits), "labels": digits, "steps": 1, "frame_ms": _DIGIT_MS, "loop": True}
    moving = request(InterpolateRequest, {**frames, **fields})
    plan, picture = moving.plan_and_picture(engine.find(moving.model, moving.version).card, settings.max_images)
    return understand(engine, plan, picture, form, keys=moving.keys)


def _save(engine: Engine, asked: Asked, form: Form, place: AbstractContextManager[BinaryIO]) -> dict[str, Any]:
    """Write the body to its place, with a bar on a terminal where it is long; return its media type and size."""

    async def save(file: BinaryIO) -> int:
        n = len(asked.plan)
        with tqdm(total=n, unit=" images", disable=None if isinstance(form, Streamed) else True) as bar:
            return sum([file.write(piece) async for piece in pieces(engine, asked, form, bar.update)])

    with place as file:
        size = asyncio.run(save(file))
    return {"media_type": form.media_type, "size_bytes": size}


def _refuse_impossible(output: Path | None, *, is_folder: bool) -> None:
    if output is not None:
        try:
            outputs.refuse_impossible(output, is_folder=is_folder)
        except outputs.CannotWrite as error:
            raise WrongWords(f"-o: {error}") from None


def _about(asked: Asked, **more: Any) -> dict[str, Any]:
    return {"model": asked.card.model, "version": asked.card.version, **more}


def _record(about: dict[str, Any], output: Path | None) -> str:
    """Return one line of JSON, but nothing among the bytes on standard output."""
    return "" if output == outputs.STANDARD else json_text.dumps({**about, "file": output and str(output)}) + "\n"


def _name(output: Path) -> str:
    return "" if output == outputs.STANDARD else f"{output}\n"
