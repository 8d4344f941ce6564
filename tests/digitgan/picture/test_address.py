"""Which address names which picture. The tests of the routes check that the service answers there."""

from dataclasses import replace

import pytest

from digitgan.picture import drawing
from digitgan.picture.address import address_of_one, addresses
from digitgan.picture.picture import Picture
from digitgan.picture.preview import preview_of
from tests.digitgan.formats.pictures import a_job, generated, numbers

QUERY = ".png?model=tiny&version=1"


@pytest.mark.parametrize(
    ("content", "path"),
    [(3, "/digits/3/100"), (0, "/digits/0/100"), ("042", "/numbers/042/100"), (None, "/images/100")],
)
def test_path_is_content_and_seed_and_query_names_the_model_version(content: int | str | None, path: str) -> None:
    assert addresses(a_job(generated(1)))(100, content) == path + QUERY


def test_query_omits_defaults() -> None:
    address = addresses(a_job(generated(1), Picture(scale=3, columns=7, padding=9, invert=True, gap=2), truncation=0.7))
    assert address(5, 1) == f"/digits/1/5{QUERY}&truncation=0.7&scale=3&invert=true"
    assert address(5, "11") == f"/numbers/11/5{QUERY}&truncation=0.7&scale=3&invert=true&gap=2"
    ink = Picture(ink=True, height=224, color="navy", background="transparent", gap=1)
    query = "&ink=true&height=224&color=000080&background=transparent"
    assert addresses(a_job(generated(1), ink))(5, "11") == f"/numbers/11/5{QUERY}{query}&gap=1"
    assert addresses(a_job(generated(1), Picture(ink=True)))(5, 1) == f"/digits/1/5{QUERY}&ink=true"
    assert addresses(a_job(generated(1), Picture(metadata=True)))(5, 1) == f"/digits/1/5{QUERY}&metadata=true"


def test_preview_has_an_address_of_its_own() -> None:
    for colours, query in (((), ""), (("c00000", "ffffff"), "&color=c00000&background=ffffff")):
        job = replace(numbers("4/2")[0], picture=preview_of("4/2", *colours))
        assert address_of_one(job) == f"/previews/4%2F2/0{QUERY}{query}"


def test_single_picture_has_an_address_before_it_is_generated() -> None:
    assert address_of_one(a_job(generated(1))) == "/digits/0/100" + QUERY
    assert address_of_one(a_job(generated(1, labels=False))) == "/images/100" + QUERY
    assert address_of_one(numbers("123")[0]) == "/numbers/123/0" + QUERY


def test_several_pictures_and_pictures_without_seeds_have_no_address() -> None:
    assert address_of_one(a_job(generated(2))) is None
    assert address_of_one(a_job(generated(1, seeds=False))) is None
    assert address_of_one(numbers("1", "2")[0]) is None


def test_number_has_an_address_once_its_height_is_known() -> None:
    job, images = numbers("12", ink=True, height=99, layout="natural", max_width=999)
    assert address_of_one(job) is None
    fitted = drawing.fitted(job.picture, images.images.pixels, images.source)
    query = "&ink=true&height=99&layout=natural"
    assert address_of_one(replace(job, picture=fitted)) == "/numbers/12/0" + QUERY + query
