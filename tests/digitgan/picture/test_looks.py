"""The fields that say how pictures are drawn: what every other place derives from them."""

from typing import Any

import pytest
from pydantic import ValidationError

from digitgan.picture.looks import Looks, NumberLooks, SheetLooks, chosen
from digitgan.picture.picture import Picture
from digitgan.request.messages import schema_of


@pytest.mark.parametrize("kind", [NumberLooks, SheetLooks])
def test_fields_describe_themselves_and_have_defaults(kind: type[Looks]) -> None:
    schema = schema_of(kind)
    assert "required" not in schema
    assert all(each["description"] for each in schema["properties"].values())


def test_numbers_describe_their_range() -> None:
    fields = schema_of(NumberLooks)["properties"] | schema_of(SheetLooks)["properties"]
    ranges = {name: (each["minimum"], each["maximum"]) for name, each in fields.items() if "minimum" in each}
    assert ranges == {"height": (28, 1024), "scale": (1, 32), "gap": (0, 28), "padding": (0, 64)}


def test_chosen_fields_are_those_that_differ_from_their_defaults_in_order() -> None:
    picture = Picture(gap=3, invert=True, scale=2, columns=4)
    assert [*chosen(picture, NumberLooks).items()] == [("scale", 2), ("invert", True), ("gap", 3)]
    assert chosen(picture, NumberLooks, beyond=Looks) == {"gap": 3}
    assert not chosen(Picture(), Looks)


def test_picture_takes_its_fields_from_any_request_that_has_some() -> None:
    assert Picture.of(SheetLooks(columns=2), loop=True) == Picture(columns=2, padding=2, loop=True)
    assert Picture.of(NumberLooks(gap=1)) == Picture(gap=1)


def test_scale_that_a_request_has_by_default_is_not_that_of_ink() -> None:
    class Large(Looks):
        scale: int = 4

    assert Picture.of(Large()) == Picture(scale=4)
    assert Picture.of(Large(ink=True)) == Picture(ink=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"ink": True},
        {"ink": True, "height": 28, "scale": 1},
        {"ink": True, "height": 1024, "color": "#C00", "background": "transparent"},
        {"scale": 32, "color": "navy", "background": "ffffff", "invert": True},
        {"color": "white", "background": "White"},
    ],
)
def test_looks_that_go_together_are_taken(fields: dict[str, Any]) -> None:
    Picture.of(Looks(**fields))


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"ink": True, "height": 27}, "height", "greater than or equal to 28"),
        ({"ink": True, "height": 1025}, "height", "less than or equal to 1024"),
        ({"ink": True, "scale": 2}, "scale", "must be 1 with ink"),
        ({"color": "transparent"}, "color", "no colour 'transparent'; available colours: black, "),
        ({"color": "nvy"}, "color", "no colour 'nvy'; did you mean 'navy'?"),
        ({"background": "#12"}, "background", "no colour '#12'"),
        ({"background": "transparent", "invert": True}, "background", "must not be transparent"),
    ],
)
def test_looks_that_do_not_go_together_are_refused_by_their_field(fields: dict[str, Any], name: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Looks(**fields)
    [error] = refused.value.errors()
    assert (error["loc"], said in error["msg"]) == ((name,), True), error


def test_colours_have_one_form() -> None:
    looks = Looks(color="#Fc0", background="NAVY")
    assert chosen(looks, Looks) == {"color": "ffcc00", "background": "000080"}
