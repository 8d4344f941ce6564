"""Answers of the engine in this process: the service's own way from seeds to the bytes of a file, without HTTP."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from bench.apps.ways import ROOT
from digitgan.engine.engine import Engine
from digitgan.engine.loading import open_engine
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import encode, prepare
from digitgan.formats.format import Format
from digitgan.formats.registry import JSON
from digitgan.picture.picture import Picture

MODEL = "digits"


def engine() -> AbstractContextManager[Engine]:
    """Return an engine of one thread for `MODEL`."""
    return open_engine(EngineSettings(models_dir=ROOT / "exported", threads=1), MODEL, None)


async def digits(engine: Engine, seeds: Sequence[int], picture: Picture, format: Format = JSON) -> bytes:
    """Return the bytes of an answer with one digit for each seed."""
    return await _answer(engine, Plan(source=Seeds(seeds)), picture, format)


async def numbers(engine: Engine, seeds: Sequence[int], texts: Sequence[str], **looks: Any) -> bytes:
    """Return the JSON of an answer with one number for each seed.

    Args:
        engine: what `engine` yields.
        seeds: of each number's hand.
        texts: the numbers.
        looks: how they are drawn, see `Picture`.
    """
    picture = Picture(numbers=tuple(texts), **looks)
    return await _answer(engine, number_plan(Seeds(seeds), texts), picture, JSON)


async def _answer(engine: Engine, plan: Plan, picture: Picture, format: Format) -> bytes:
    encoding = await encode(engine, prepare(engine, plan, picture, format), format)
    return b"".join([piece async for piece in encoding.pieces])


def pngs(body: bytes) -> list[str]:
    """Return the PNGs in the JSON of an answer, in base64."""
    return [image["png"] for image in json.loads(body)["images"]]
