"""What is refused before any work, and how a body comes: complete, or chunk by chunk."""

import asyncio
from pathlib import Path

import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.engine.encoding_lanes import EncodingLanes
from digitgan.engine.loading import open_engine
from digitgan.engine.plan import Plan, number_plan
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import Drawn, encode, prepare
from digitgan.formats.registry import FOLDERS, IDX, JSON, LINES, PNG, SVG, WEBP, ZIP
from digitgan.picture.looks import NumberLooks
from digitgan.picture.picture import Picture


@pytest.fixture
def settings(models_dir: Path) -> EngineSettings:
    return EngineSettings(models_dir=models_dir, batch_images=8)


def test_prepare_bounds_what_is_held_more_than_what_is_streamed(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(2000)), labels=[7] * 2000)
    with open_engine(settings, None, None) as engine:
        assert prepare(engine, plan, Picture(scale=8), FOLDERS).card.model == "digits"
        with pytest.raises(InvalidPlan, match="101,606,400 pixels; the limit is 16,777,216"):
            prepare(engine, plan, Picture(scale=8), PNG)
        with pytest.raises(InvalidPlan, match="0 to 9"):
            prepare(engine, Plan(source=Seeds([1]), labels=[10]), Picture(), PNG)


def test_prepare_refuses_a_picture_longer_than_its_format_holds(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(600)))
    with open_engine(settings, None, None) as engine:
        prepare(engine, plan, Picture(columns=1), PNG)
        with pytest.raises(InvalidPlan, match="16,800 pixels long; this format holds at most 16,383") as refused:
            prepare(engine, plan, Picture(columns=1), WEBP)
        assert refused.value.field == "columns"


def test_encode_cuts_streamed_formats_alone_and_reports_every_image(settings: EngineSettings) -> None:
    async def run() -> None:
        with open_engine(settings, None, None) as engine:
            n = 2 * engine.chunk_images + 1
            plan = Plan(source=Seeds(range(n)), labels=[7] * n)
            for format, chunks in ((IDX, [32, 32, 1]), (LINES, [32, 32, 1]), (JSON, [65])):
                seen: list[int] = []
                encoding = await encode(engine, prepare(engine, plan, Picture(), format), format, seen.append)
                assert (encoding.content is not None) == (len(chunks) == 1)
                assert len(encoding.first.source) == chunks[0]
                assert b"".join([piece async for piece in encoding.pieces])
                assert seen == chunks

    asyncio.run(run())


def test_images_that_are_there_already_give_the_same_bodies(settings: EngineSettings) -> None:
    async def run() -> None:
        with open_engine(settings, None, None) as engine:
            n = engine.chunk_images + 1
            plan = Plan(source=Seeds(range(n)), labels=[7] * n)
            drawn = Drawn(await engine.generate(plan))
            for format in (LINES, JSON):
                job = prepare(engine, plan, Picture(), format)
                bodies = [await encode(each, job, format) for each in (engine, drawn)]
                first, second = [b"".join([piece async for piece in each.pieces]) for each in bodies]
                assert first == second

    asyncio.run(run())


def test_prepare_cuts_large_images_into_smaller_chunks(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(500)))
    with open_engine(settings, None, None) as engine:
        chunks = {scale: prepare(engine, plan, Picture(scale=scale), LINES).chunk_images for scale in (1, 2, 8, 32)}
    assert chunks == {1: 32, 2: 9, 8: 1, 32: 1}  # 608 KiB at most, or one image


def test_prepare_bounds_ink_by_the_pixels_that_are_drawn(settings: EngineSettings) -> None:
    plan, picture = Plan(source=Seeds(range(1024))), Picture(ink=True, height=1024)
    with open_engine(settings, None, None) as engine:
        for format in (JSON, PNG, WEBP):
            with pytest.raises(InvalidPlan, match="1,024 images at height 1,024 have") as refused:
                prepare(engine, plan, picture, format)
            assert refused.value.field == "height"
        for format in (LINES, ZIP):
            job = prepare(engine, plan, picture, format)
            assert (job.chunk_images, job.bytes_per_image) == (1, 1024**2 * format.bytes_per_pixel)
            assert job.bytes_per_image < engine.lanes.budget.limit_bytes
        assert prepare(engine, plan, Picture(ink=True), LINES).chunk_images == 2
        with pytest.raises(InvalidPlan, match="the limit is 2,147,483,648"):
            prepare(engine, Plan(source=Seeds(range(2049))), picture, ZIP)


def test_prepare_counts_the_palette_of_each_picture(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(10)))
    with open_engine(settings, None, None) as engine:
        grey, colour = (prepare(engine, plan, Picture(color=each), JSON).bytes_per_image for each in (None, "c00000"))
    assert grey + 4_100 < colour < grey + 6_000


def test_prepare_names_a_limit_of_pixels_that_leaves_room_for_palettes(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(9)))
    with open_engine(settings, None, None) as engine:
        engine.lanes = EncodingLanes(9 * 28 * 28 * JSON.bytes_per_pixel, threads=1)
        prepare(engine, plan, Picture(), JSON)
        with pytest.raises(InvalidPlan, match="have 7,056 pixels; the limit is 2,866 in this format"):
            prepare(engine, plan, Picture(color="c00000"), JSON)


def test_prepare_refuses_what_would_take_more_than_the_memory_for_encoding(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(100)))
    with open_engine(settings, None, None) as engine:
        engine.lanes = EncodingLanes(100 * 28 * 28 * 10, threads=1)
        prepare(engine, plan, Picture(), PNG)
        with pytest.raises(InvalidPlan, match="78,400 pixels; the limit is 16,333 in this format") as refused:
            prepare(engine, plan, Picture(), WEBP)
        assert refused.value.field == "scale"


def test_prepare_checks_what_needs_ink_unless_the_format_has_no_pixels(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds([1]), labels=[1])
    with open_engine(settings, None, None) as engine:
        for fields in ({"height": 1024}, {"height": 111}, {"layout": "natural"}):
            with pytest.raises(InvalidPlan, match="ink"):
                prepare(engine, plan, Picture.of(NumberLooks(**fields), numbers=("1",)), PNG)
        plain = Picture(numbers=("1",), layout="natural")
        for fields in ({}, {"height": 1024}, {"scale": 32}, {"ink": True, "height": 28}):
            looks = NumberLooks(layout="natural", **fields)
            assert prepare(engine, plan, Picture.of(looks, numbers=("1",)), SVG).picture == plain


def test_prepare_refuses_a_gap_in_natural_layout_in_curves_and_in_ink(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds([1]), labels=[1])
    with open_engine(settings, None, None) as engine:
        for format, ink in ((SVG, False), (SVG, True), (PNG, True)):
            looks = NumberLooks(layout="natural", gap=1, ink=ink)
            with pytest.raises(InvalidPlan, match="must be 0 in natural layout") as refused:
                prepare(engine, plan, Picture.of(looks, numbers=("1",)), format)
            assert refused.value.field == "gap"


def test_prepare_counts_no_memory_for_margins_of_curves(settings: EngineSettings) -> None:
    plan = Plan(source=Seeds(range(1000)))
    with open_engine(settings, None, None) as engine:
        pictures = Picture(), Picture(padding=64), Picture(columns=1000)
        of_curves, of_pixels = (
            [prepare(engine, plan, each, kind).bytes_per_image for each in pictures] for kind in (SVG, PNG)
        )
        assert len(set(of_curves)) == 1
        assert len(set(of_pixels)) > 1


def test_encode_counts_images_as_admitted_until_they_are_encoded(settings: EngineSettings) -> None:
    async def run() -> list[int]:
        admitted: list[int] = []
        with open_engine(settings, None, None) as engine:
            job = prepare(engine, Plan(source=Seeds(range(40))), Picture(), JSON)
            await encode(engine, job, JSON, lambda _: admitted.append(engine.admitted_images))
            return [*admitted, engine.admitted_images]

    assert asyncio.run(run()) == [40, 0]


def test_encode_keeps_the_digits_of_a_number_together(settings: EngineSettings) -> None:
    async def run() -> None:
        with open_engine(settings, None, None) as engine:
            number = "0123456789" * 4
            plan, picture = number_plan(Seeds([1]), [number]), Picture(numbers=(number,))
            assert len(number) > engine.chunk_images
            encoding = await encode(engine, prepare(engine, plan, picture, LINES), LINES)
            assert encoding.content is not None
            assert len([piece async for piece in encoding.pieces]) == 1

    asyncio.run(run())
