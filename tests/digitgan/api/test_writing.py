"""A written number as pixels, as a picture in a notebook, and as a file in every format."""

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitgan
from digitgan.cli.tree import main
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import named


@pytest.fixture(scope="module")
def written() -> digitgan.Writing:
    with digitgan.load("digits", threads=1) as model:
        return model.write("2026", seed=7, scale=2, metadata=True)  # usable although its model is closed


@pytest.mark.parametrize("format", named(Use.FILE).values(), ids=list(named(Use.FILE)))
def test_save_makes_the_file_of_the_command_line(written: digitgan.Writing, tmp_path: Path, format: Format) -> None:
    suffix = format.suffix
    written.save(tmp_path / f"python{suffix.upper()}")
    command = ["write", "2026", "--seed", "7", "--scale", "2", "--metadata", "-o", str(tmp_path / f"typed{suffix}")]
    assert main(command) == 0
    assert (tmp_path / f"python{suffix.upper()}").read_bytes() == (tmp_path / f"typed{suffix}").read_bytes()


def test_save_takes_the_format_by_name_and_replaces_a_file(written: digitgan.Writing, tmp_path: Path) -> None:
    (tmp_path / "picture").write_text("before")
    written.save(str(tmp_path / "picture"), format="webp")
    assert [each.name for each in tmp_path.iterdir()] == ["picture"]
    assert (tmp_path / "picture").read_bytes() == written.encode("webp")


def test_pixels_are_those_of_the_picture(written: digitgan.Writing) -> None:
    with Image.open(io.BytesIO(written.encode())) as picture:
        assert np.array_equal(np.asarray(picture), written.pixels)
    assert (written.pixels.shape, str(written.pixels.dtype)) == ((56, 224), "uint8")
    assert np.array_equal(np.asarray(written), written.pixels)
    assert repr(written) == "<Writing of 2026 with seed 7: 224 x 56 pixels>"
    assert (written.digits, written.seed, written.model, written.version) == (("2026",), 7, "digits", "1")


def test_notebook_shows_the_png_while_its_event_loop_runs(written: digitgan.Writing) -> None:
    async def show() -> bytes:
        return digitgan.write("2026", seed=7, scale=2, metadata=True)._repr_png_()

    assert asyncio.run(show()) == written.encode("png")


def test_file_that_is_not_possible_is_refused_and_not_written(written: digitgan.Writing, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"^path: the name .* ends with .png, .svg, .webp, .apng, .gif, not 'year.jpeg'$"
    ):
        written.save(tmp_path / "year.jpeg")
    with pytest.raises(ValueError, match=r"path: the file's name says \.png, but the format is webp"):
        written.save(tmp_path / "year.png", "webp")
    with pytest.raises(ValueError, match=r"^format: must be one of png, svg, webp, apng, gif, not 'jpeg'$"):
        written.encode("jpeg")
    with pytest.raises(ValueError, match=r"^digits: gif shows the digits of one number in turn, and"):
        digitgan.write("7").save(tmp_path / "seven.gif")
    with pytest.raises(ValueError, match=r"^gap: apng shows one digit at a time, so there is no gap$"):
        digitgan.write("77", gap=1).save(tmp_path / "seven.apng")
    with pytest.raises(FileNotFoundError, match=r"the folder does not exist: .*nowhere"):
        written.save(tmp_path / "nowhere" / "year.png")
    assert not list(tmp_path.iterdir())
