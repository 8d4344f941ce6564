"""How fast ink is drawn and written, and how many bytes it takes, from seeds to the bytes of an answer without HTTP."""

import asyncio
import base64
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from time import process_time
from typing import Any

from bench.ink import answers
from digitgan.engine.engine import Engine
from digitgan.formats.registry import JSON, SVG
from digitgan.picture.picture import Picture

_INK = Picture(ink=True, height=112)
_REQUEST_IMAGES = 256
_REQUEST_NUMBERS = 51  # of five digits, so almost as many images
_NUMBER_DIGITS = 5
_SIZED_IMAGES = 10_000  # whose bytes are counted


@dataclass(frozen=True)
class _Way:
    """A request for some images: ``body`` returns the bytes of the answer to seeds from a first one on."""

    n_images: int
    body: Callable[[Engine, int], Coroutine[Any, Any, bytes]]


async def _digits(engine: Engine, first: int, *, picture: Picture, format: Any) -> bytes:
    return await answers.digits(engine, range(first, first + _REQUEST_IMAGES), picture, format)


async def _numbers(engine: Engine, first: int, *, layout: str) -> bytes:
    seeds = range(first, first + _REQUEST_NUMBERS)
    texts = [f"{seed * 7919 % 10**_NUMBER_DIGITS:0{_NUMBER_DIGITS}}" for seed in seeds]
    return await answers.numbers(engine, seeds, texts, ink=True, height=_INK.height, layout=layout)


_WAYS = {
    "pixels as JSON": _Way(_REQUEST_IMAGES, partial(_digits, picture=Picture(), format=JSON)),
    "ink as JSON": _Way(_REQUEST_IMAGES, partial(_digits, picture=_INK, format=JSON)),
    "ink as SVG": _Way(_REQUEST_IMAGES, partial(_digits, picture=Picture(), format=SVG)),
    "numbers, grid layout": _Way(_REQUEST_NUMBERS * _NUMBER_DIGITS, partial(_numbers, layout="grid")),
    "numbers, natural layout": _Way(_REQUEST_NUMBERS * _NUMBER_DIGITS, partial(_numbers, layout="natural")),
}


def measure(rounds: int, seconds: float, sized_images: int = _SIZED_IMAGES) -> dict[str, Any]:
    """Return images a second of one processor, and bytes of an image.

    Each way has its turn in every round, and the figure is the median over the rounds. Time is the processor time of
    all threads of this process. On a busy machine, whose caches others use too, it is more than on a quiet one.

    Args:
        rounds: turns of each way.
        seconds: length of a turn.
        sized_images: how many images' bytes are counted.
    """
    with answers.engine() as engine:
        return asyncio.run(_measure(engine, rounds, seconds, sized_images))


async def _measure(engine: Engine, rounds: int, seconds: float, sized_images: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {name: [] for name in _WAYS}
    for _ in range(rounds):
        for name, way in _WAYS.items():
            rates[name].append(await _rate(engine, way, seconds))
    pngs = [base64.b64decode(png) for png in await _pngs(engine, sized_images)]
    svgs = [await answers.digits(engine, [seed], Picture(), SVG) for seed in range(sized_images)]
    return {
        "rounds": rounds,
        "images_per_s": {name: median(found) for name, found in rates.items()},
        "png_bytes": _summary(pngs),
        "svg_bytes": _summary(svgs),
    }


async def _rate(engine: Engine, way: _Way, seconds: float) -> float:
    """Return the images a second of processor time."""
    await way.body(engine, 0)
    started, n = process_time(), 0
    while (passed := process_time() - started) < seconds:
        await way.body(engine, n)
        n += way.n_images
    return n / passed


async def _pngs(engine: Engine, n: int) -> list[str]:
    found: list[str] = []
    for first in range(0, n, _REQUEST_IMAGES):
        found += answers.pngs(await answers.digits(engine, range(first, min(first + _REQUEST_IMAGES, n)), _INK))
    return found


def _summary(files: list[bytes]) -> dict[str, float]:
    return {"images": len(files), "mean": fmean(map(len, files)), "most": max(map(len, files))}
