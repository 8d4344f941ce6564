"""Knows which address names which picture. Does not know whether it is answered; the routes' tests follow it."""

import pytest

from digitgan.picture.address import address_of_one, addresses
from digitgan.picture.picture import Picture
from tests.digitgan.formats.pictures import asked, generated, numbers

QUERY = ".png?model=tiny&version=1"


@pytest.mark.parametrize(
    ("content", "path"),
    [(3, "/digits/3/100"), (0, "/digits/0/100"), ("042", "/numbers/042/100"), (None, "/images/100")],
)
def test_content_and_seed_are_the_path_and_the_model_version_is_always_named(
    content: int | str | None, path: str
) -> None:
    assert addresses(asked(generated(1)))(100, content) == path + QUERY


def test_only_what_is_not_as_usual_is_in_the_query() -> None:
    address = addresses(asked(generated(1), Picture(3, 7, 9, True, gap=2), truncation=0.7))
    assert address(5, 1) == f"/digits/1/5{QUERY}&truncation=0.7&scale=3&invert=true"
    assert address(5, "11") == f"/numbers/11/5{QUERY}&truncation=0.7&scale=3&invert=true&gap=2"
    assert addresses(asked(generated(1), Picture(metadata=True)))(5, 1) == f"/digits/1/5{QUERY}&metadata=true"


def test_one_picture_has_one_address_before_it_is_made() -> None:
    assert address_of_one(asked(generated(1))) == "/digits/0/100" + QUERY
    assert address_of_one(asked(generated(1, labels=False))) == "/images/100" + QUERY
    assert address_of_one(numbers("123")[0]) == "/numbers/123/0" + QUERY


def test_several_pictures_or_one_without_a_seed_have_none() -> None:
    assert address_of_one(asked(generated(2))) is None
    assert address_of_one(asked(generated(1, seeds=False))) is None
    assert address_of_one(numbers("1", "2")[0]) is None
