"""What pictures say, with the committed models and real digits."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from digitgan.contract.errors import InvalidPlan, PictureRefused
from digitgan.contract.hand import style_of
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_engine, create_repository
from digitgan.engine.plan import Plan
from digitgan.engine.settings import EngineSettings
from digitgan.engine.source import Latents
from digitgan.hands.reading import DigitReading, common_hand, prepare_files, read, readings_of
from tests.handwriting import digits, file_of

IMAGES, LABELS = digits()
SOME = np.array([0, 1, 2, 3])  # which every encoder so far reads well


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    settings = EngineSettings(threads=1)
    repository = create_repository(settings)
    engine = create_engine(
        settings, [repository.load_version(each, None) for each in ("digits", "digits-small", "mlp")]
    )
    yield engine
    engine.close()


@pytest.mark.parametrize("model", ["digits", "digits-small"])
def test_real_digits_are_read_and_drawn_again(engine: Engine, model: str) -> None:
    readings = asyncio.run(read(engine, IMAGES[SOME], model))
    assert [each.label for each in readings] == LABELS[SOME].tolist()
    drawn = asyncio.run(
        engine.generate(Plan(source=Latents(np.stack([each.latent for each in readings])), model=model))
    )
    for image, reading, pixels in zip(IMAGES[SOME], readings, drawn.images.pixels, strict=True):
        assert np.array_equal(reading.image, pixels)
        difference = image.astype(float) - pixels
        assert reading.error == pytest.approx(np.sqrt((difference**2).mean()))
        assert reading.error < 40
        scores = np.exp(reading.latent[64:].astype(float))
        assert reading.confidence == pytest.approx(scores[reading.label] / scores.sum())
        assert reading.style.tolist() == reading.latent[:64].tolist()
        assert np.abs(style_of(reading.hand) - reading.style).max() <= 1 / 64


def test_each_picture_is_read_as_if_it_were_alone(engine: Engine) -> None:
    together = asyncio.run(read(engine, IMAGES[SOME]))
    alone = [asyncio.run(read(engine, IMAGES[i : i + 1]))[0] for i in SOME]
    assert [each.latent.tolist() for each in together] == [each.latent.tolist() for each in alone]
    assert [each.error for each in together] == [each.error for each in alone]


@pytest.mark.parametrize("bounds", [{"most_error": 0.5}, {"least_confidence": 1.0}])
def test_picture_beyond_a_bound_of_the_card_is_refused_with_how_it_reads(
    engine: Engine, bounds: dict[str, float]
) -> None:
    images = IMAGES[SOME]
    encoded = asyncio.run(engine.encode(images))
    described = encoded.encoder.encoder
    assert described is not None
    card = encoded.encoder.model_copy(update={"encoder": described.model_copy(update=bounds)})
    with pytest.raises(
        PictureRefused, match=r"the nearest is 7 \(confidence [01]\.\d\d, needed [01]\.\d\d; error \d+, allowed \d+\)"
    ) as raised:
        readings_of(images, replace(encoded, encoder=card))
    assert raised.value.position == 0


def test_what_is_no_digit_is_refused_by_its_position(engine: Engine) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    with pytest.raises(PictureRefused) as raised:
        asyncio.run(read(engine, np.stack([IMAGES[0], IMAGES[1], noise])))
    assert raised.value.position == 2


def test_model_without_an_encoder_reads_nothing(engine: Engine) -> None:
    with pytest.raises(InvalidPlan, match="'mlp' reads no pictures; models that do: digits, digits-small"):
        asyncio.run(read(engine, IMAGES[:1], "mlp"))


def test_files_are_prepared_in_their_order(engine: Engine) -> None:
    files = [
        file_of(IMAGES[0]),
        file_of(255 - IMAGES[1], "JPEG", quality=95),
        file_of(IMAGES[2], "WEBP", lossless=True),
    ]
    prepared = asyncio.run(prepare_files(engine, files))
    assert (prepared.shape, prepared.dtype.name) == ((3, 28, 28), "uint8")
    assert [each.label for each in asyncio.run(read(engine, prepared))] == LABELS[:3].tolist()


def test_file_that_is_refused_has_its_position(engine: Engine) -> None:
    with pytest.raises(PictureRefused) as raised:
        asyncio.run(prepare_files(engine, [file_of(IMAGES[0]), b"no picture"]))
    assert raised.value.position == 1


def test_picture_that_takes_more_memory_than_the_lanes_have_is_refused() -> None:
    settings = EngineSettings(threads=1)
    engine = create_engine(settings, [create_repository(settings).load_version("digits", None)], encoding_bytes=2**20)
    with pytest.raises(PictureRefused, match=r"takes [\d,]+ bytes of memory to decode; the limit is 1,048,576"):
        asyncio.run(prepare_files(engine, [file_of(np.zeros((1000, 1000), np.uint8))]))
    engine.close()


def reading(*style: float) -> DigitReading:
    some = np.array(style, np.float32)
    return DigitReading(label=0, confidence=1.0, latent=some, style=some, error=0.0, image=np.zeros((28, 28), np.uint8))


def test_common_hand_is_the_mean_of_the_styles_with_their_spread() -> None:
    hand = common_hand([reading(0.5, 1.0), reading(1.5, 1.0)])
    assert style_of(hand.token).tolist() == [1.0, 1.0]
    assert hand.spread == pytest.approx(np.sqrt(0.5**2 / 2))


def test_common_hand_of_one_picture_is_its_own() -> None:
    one = reading(0.5, -0.25)
    assert common_hand([one]) == (one.hand, 0.0)
    assert common_hand([one, replace(one, label=3)]).token == one.hand
