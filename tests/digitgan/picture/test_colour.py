"""Colours are understood in each of their notations, and anything else is refused with what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.picture.colour import BLACK, NAMES, TRANSPARENT, WHITE, parse_background, parse_colour, shading
from digitgan.png.palette import Palette

HEXADECIMAL = st.text("0123456789abcdefABCDEF", min_size=6, max_size=6)


@given(HEXADECIMAL)
def test_six_digits_are_the_colour_itself(digits: str) -> None:
    assert parse_colour(digits) == parse_colour(f"#{digits}") == parse_background(digits) == digits.lower()


@given(HEXADECIMAL)
def test_three_digits_are_doubled(digits: str) -> None:
    doubled = "".join(2 * digit for digit in digits[:3].lower())
    assert parse_colour(digits[:3]) == parse_colour(f"#{digits[:3]}") == doubled


def test_names_stand_for_their_colours_in_any_case() -> None:
    assert len(NAMES) == 16
    assert (parse_colour("Teal"), parse_background("NAVY"), parse_colour("yellow")) == ("008080", "000080", "ffff00")


def test_only_a_background_may_be_transparent() -> None:
    assert parse_background("Transparent") == TRANSPARENT
    with pytest.raises(ValueError, match="no colour 'transparent'"):
        parse_colour(TRANSPARENT)


@given(st.sampled_from([*NAMES, TRANSPARENT, "#abc", "ABCDEF"]))
def test_canonical_form_is_its_own(text: str) -> None:
    assert parse_background(parse_background(text)) == parse_background(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("grean", "did you mean 'green'?"),
        ("transparen", "did you mean 'transparent'?"),
        ("#12345", "yellow, navy, blue, teal, aqua, transparent, #rgb, #rrggbb"),
        ("#ggg", "available colours: black, silver,"),
        ("#fff\n", "available colours"),
        ("\uff10\uff10\uff10", "available colours"),
        ("", "available colours"),
    ],
)
def test_unknown_colour_is_refused_with_what_is_allowed(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="no colour") as refused:
        parse_background(text)
    assert hint in str(refused.value)


@pytest.mark.parametrize(
    ("ink", "background", "expected"),
    [
        (WHITE, BLACK, (False, None)),
        (BLACK, WHITE, (True, None)),
        (WHITE, TRANSPARENT, (False, Palette(WHITE, None))),
        ("ff0000", WHITE, (False, Palette("ff0000", WHITE))),
        (WHITE, WHITE, (False, Palette(WHITE, WHITE))),
    ],
)
def test_palette_is_used_only_where_greyscale_does_not_do(
    ink: str, background: str, expected: tuple[bool, Palette | None]
) -> None:
    assert shading(ink, background) == expected
