"""Hands in Python: from tokens and from pictures, and what is drawn in them."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import digitgan
from digitgan.contract.hand import style_of, token_of
from tests.handwriting import digits, file_of

IMAGES, LABELS = digits()
SEVEN, FOUR = IMAGES[LABELS == 7][0], IMAGES[LABELS == 4][0]
TOKEN = token_of(np.linspace(-2, 2, 64))


@pytest.fixture(scope="module")
def hand() -> digitgan.Hand:
    return digitgan.Hand.from_image(SEVEN)


def test_hand_is_its_token() -> None:
    hand = digitgan.Hand(TOKEN)
    assert (str(hand), hand.token, repr(hand)) == (TOKEN, TOKEN, f"Hand('{TOKEN}')")
    assert np.array_equal(hand.style, style_of(TOKEN)) and hand.style.dtype == np.float32
    assert not hand.style.flags.writeable
    assert {hand: 1}[digitgan.Hand(TOKEN)] == 1
    assert hand != TOKEN and hand != digitgan.Hand("hAA")
    assert (hand.readings, hand.spread) == ((), 0.0)


def test_hand_of_a_picture_says_what_was_read(hand: digitgan.Hand) -> None:
    [reading] = hand.readings
    assert (reading.label, reading.hand) == (7, hand.token)
    assert 0.9 < reading.confidence <= 1
    assert 0 < reading.error < 40
    copy = pickle.loads(pickle.dumps(hand))
    assert copy == hand and copy.readings[0].label == 7


def test_every_kind_of_picture_gives_the_same_hand(hand: digitgan.Hand, tmp_path: Path) -> None:
    file = tmp_path / "seven.png"
    file.write_bytes(file_of(SEVEN))
    opened = Image.open(file)
    kinds: list[Any] = [str(file), file, file.read_bytes(), bytearray(file.read_bytes()), opened]
    kinds += [opened.convert("RGB"), opened.convert("P"), np.asarray(opened)]
    assert {digitgan.Hand.from_image(kind) for kind in kinds} == {hand}


def test_opened_picture_is_turned_as_its_exif_says_and_made_smaller(hand: digitgan.Hand) -> None:
    large = Image.fromarray(SEVEN).resize((2_800, 2_800), Image.Resampling.NEAREST)
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    large.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=exif)
    opened = Image.open(file)
    found = digitgan.Hand.from_image(opened)
    assert found.readings[0].label == 7
    assert np.abs(found.style - hand.style).mean() < np.abs(hand.style).mean()


def test_several_pictures_have_a_common_hand_and_a_spread(hand: digitgan.Hand) -> None:
    alone = digitgan.Hand.from_image(FOUR)
    both = digitgan.Hand.from_image(SEVEN, FOUR)
    assert both == digitgan.Hand.from_image([SEVEN, FOUR])
    assert [reading.label for reading in both.readings] == [7, 4]
    mean = (both.readings[0].style + both.readings[1].style) / 2
    assert np.abs(both.style - mean).max() <= 1 / 64
    assert both.spread == pytest.approx(np.sqrt(np.square(both.readings[0].style - mean).mean()))
    assert both not in (hand, alone)


def test_variant_reads_with_the_encoder_of_its_base(hand: digitgan.Hand) -> None:
    with digitgan.load("digits-small", threads=1) as model:
        found = digitgan.Hand.from_image(SEVEN, model=model)
        assert found == hand
        assert model.read([file_of(SEVEN)])[0].label == 7


def test_number_in_a_hand_is_that_of_the_service(hand: digitgan.Hand) -> None:
    written = digitgan.write("2026", hand=hand, ink=True, layout="natural")
    assert (written.hand, written.seed) == (hand, None)
    assert written.address == f"/numbers/2026/{hand}.png?model=digits&version=1&ink=true&layout=natural"
    assert written.encode() == digitgan.write("2026", hand=hand.token, ink=True, layout="natural").encode()
    assert repr(written).startswith(f"<Writing of 2026 in hand {hand}: ")
    assert digitgan.write("1", seed=7).hand is None


def test_animation_writes_in_the_files_that_can_move(hand: digitgan.Hand) -> None:
    how: dict[str, Any] = {"hand": hand, "ink": True}
    still, written = digitgan.write("42", **how), digitgan.write("42", **how, animate=True)
    assert np.array_equal(written.pixels, still.pixels)
    assert written.encode("png") == still.encode("png")
    with Image.open(io.BytesIO(written.encode("apng"))) as picture:
        assert picture.n_frames > 10  # type: ignore[attr-defined]
    assert written.encode("svg") != still.encode("svg")


def test_digits_in_hands_are_drawn_from_their_styles(hand: digitgan.Hand) -> None:
    with digitgan.load("digits", threads=1) as model:
        drawn = model.generate(hands=[hand, TOKEN], labels=[3, 5])
        styles = np.stack([hand.style, style_of(TOKEN)])
        latents = np.hstack([styles, np.zeros((2, 10), np.float32)])
        assert np.array_equal(drawn.pixels, model.generate(latents=latents, labels=[3, 5]).pixels)
        assert model.generate(hands=hand, labels=range(10)).labels.tolist() == list(range(10))


def test_varied_hands_are_near_and_repeatable(hand: digitgan.Hand) -> None:
    near, far = hand.vary(0.2, 1), hand.vary(0.8, 1)
    assert near == hand.vary(0.2, 1) != hand.vary(0.2, 2)
    assert 0 < np.abs(near.style - hand.style).mean() < np.abs(far.style - hand.style).mean()
    assert hand.vary(0, 1) == hand


def test_data_set_in_a_hand_is_that_of_the_command_line(hand: digitgan.Hand, tmp_path: Path) -> None:
    from digitgan.cli.tree import main
    from training.images.idx import read_idx

    command = ["dataset", "--count", "20", "--seed", "3", "--hand", hand.token, "--vary", "0.3", "-o", f"{tmp_path}/"]
    assert main(command) == 0
    expected = read_idx(tmp_path / "train-images-idx3-ubyte.gz")
    images = digitgan.Digits(20, seed=3, hand=hand, vary=0.3, threads=1)
    assert np.array_equal(np.stack([image for image, _ in images]), expected)
    same = digitgan.Digits(20, hand=hand, threads=1)
    assert np.array_equal(same[3][0], same[13][0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: digitgan.Hand("seven"), "^token: 'seven' is no hand token"),
        (lambda: digitgan.Hand(7), "^token: must be text, not 7$"),  # type: ignore[arg-type]
        (lambda: digitgan.Hand.from_image(0 * SEVEN), "^picture 1: the picture is blank"),
        (lambda: digitgan.Hand.from_image(SEVEN, 0 * SEVEN), "^picture 2: the picture is blank"),
        (lambda: digitgan.Hand.from_image(__file__), f"^{__file__}: the file is not a PNG, JPEG or WebP picture$"),
        (lambda: digitgan.Hand.from_image([]), "^picture: at least one is needed$"),
        (lambda: digitgan.Hand.from_image(IMAGES[:2]), r"^picture 1: must be a path, .* not uint8 \(2, 28, 28\)$"),
        (lambda: digitgan.Hand.from_image(SEVEN / 255), r"^picture 1: must be a path, .* not float64 \(28, 28\)$"),
        (lambda: digitgan.Hand.from_image(SEVEN, model="mlp"), "^model: model 'mlp' reads no pictures$"),
        (lambda: digitgan.Hand.from_image(SEVEN, version="9"), "^version: model 'digits' has no version '9'"),
        (lambda: digitgan.Hand(TOKEN).vary(1.5, 1), "^amount: must be a number from 0 to 1, not 1.5$"),
        (lambda: digitgan.Hand(TOKEN).vary(0.5, -1), "^seed: must be an integer from 0 to"),
        (lambda: digitgan.Hand(TOKEN).vary(0.5, 1.5), r"^seed: must be an integer .* not 1\.5$"),  # type: ignore[arg-type]
        (lambda: digitgan.write("1", hand="hAA"), "^hand: a hand of model 'digits' has 64 components, not 1$"),
        (lambda: digitgan.write("1", hand=TOKEN, seed=1), "^hand: give seed or hand, not both$"),
        (lambda: digitgan.write("1", hand=TOKEN, model="mlp"), "^hand: model 'mlp' has no classes, and so no hands$"),
        (lambda: digitgan.load("digits").generate(hands=TOKEN), "^labels: a hand has no class of its own"),
        (lambda: digitgan.Digits(4, vary=0.3), "^vary: there is no hand to vary"),
    ],
)
def test_what_is_not_possible_is_refused_by_the_arguments_name(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_file_too_large_for_a_picture_is_refused(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(ValueError, match=r"film.mp4: the file is too large; a picture .* 33,554,432 bytes$"):
        digitgan.Hand.from_image(film)


def test_missing_file_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        digitgan.Hand.from_image("nowhere.png")
