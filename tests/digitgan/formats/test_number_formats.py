"""What holds for every format of data sets of numbers, so that a new one is tested by its row alone."""

from operator import attrgetter
from typing import Any

import pytest

from digitgan.formats.format import Format, Use
from digitgan.formats.registry import NUMBERS_PARQUET, named
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE
from tests.digitgan.formats.labelled_numbers import a_data_set, file_of, pieces_of

NAME = attrgetter("name")
FORMATS = named(Use.NUMBERS).values()
EVERY_FORMAT = pytest.mark.parametrize("format", FORMATS, ids=NAME)


@EVERY_FORMAT
def test_parts_do_not_change_the_bytes(format: Format) -> None:
    job = a_data_set(7, masks="masks" not in format.lacks)
    assert file_of(format, job, 1) == file_of(format, job, 3) == file_of(format, job, 7)


@pytest.mark.parametrize("format", [each for each in FORMATS if each is not NUMBERS_PARQUET], ids=NAME)
def test_stream_sends_each_part_at_once(format: Format) -> None:
    made = pieces_of(format, a_data_set(6), 2)
    assert sum(piece.count(b"IEND") == 2 for piece in made) == 3


@EVERY_FORMAT
def test_pictures_are_marked_as_generated(format: Format) -> None:
    unmarked, marked = (file_of(format, a_data_set(2, metadata=metadata)) for metadata in (False, True))
    assert DIGITAL_SOURCE_TYPE.encode() not in unmarked
    assert marked.count(DIGITAL_SOURCE_TYPE.encode()) == 2


@EVERY_FORMAT
def test_looks_change_the_bytes(format: Format) -> None:
    looks: list[dict[str, Any]] = [{}, {"height": 40}, {"invert": True}, {"distortions": ("paper",)}]
    assert len({file_of(format, a_data_set(2, **each)) for each in looks}) == len(looks)
