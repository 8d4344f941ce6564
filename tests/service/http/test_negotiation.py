"""Knows what Accept headers ask for, the odd ones included. Does not know HTTP beyond them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.negotiation import negotiate

JSON, PNG = "application/json", "image/png"
OFFERED = (JSON, PNG)


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("  ", JSON),
        ("*/*", JSON),
        ("image/png", PNG),
        ("IMAGE/PNG", PNG),
        ("image/*", PNG),
        ("image/png, application/json", JSON),  # equals: the service prefers JSON
        ("image/png;q=0.9, application/json;q=0.8", PNG),
        ("image/png ; q=0.9 , application/json ; q=0.95", JSON),
        ("application/json;q=0.5, */*", PNG),
        ("application/json;q=0, */*", PNG),
        ("*/*;q=0.1, image/*;q=0.9", PNG),
        ("image/*;q=0, image/png", PNG),  # RFC 9110, section 12.5.1: the most specific range decides
        ("image/png;q=0, image/*", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", JSON),  # a browser
        ("image/avif,image/webp,image/*,*/*;q=0.8", PNG),  # a browser's <img>
        ("text/html", None),
        ("*/*;q=0", None),
        ("image/png;q=0", None),
        ("image/png;q=0.000, application/json;q=0", None),
        ("png", None),
        ("*/png", None),
        ("image/png;q=high", None),
        ("image/png;q=nan", None),
        ("image/png;q=2", None),
        ("image/png;q=-1", None),
        ('application/json;v=",a/b;q=1";q=0, image/png;q=0.1', PNG),  # quoted: RFC 9110, section 5.6.4
        ('image/png;v="\\",application/json', PNG),
        ("nonsense, image/png", PNG),
        (",,;;,image/png,", PNG),
    ],
)
def test_the_preferred_form_on_offer_is_chosen(accept: str | None, answer: str | None) -> None:
    assert negotiate(accept, OFFERED) == answer


PIECES = st.sampled_from(
    ["image/png", "application/json", "*/*", "image/*", ";q=", "0", "0.5", "1", ",", ";", " ", "/"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_header_gives_a_form_on_offer_or_none(accept: str) -> None:
    assert negotiate(accept, OFFERED) in (*OFFERED, None)


@given(st.permutations(["image/png;q=0.9", "application/json;q=0.3", "text/html", "image/*;q=0.2", "*/*;q=0.1"]))
def test_the_order_of_ranges_does_not_matter(ranges: list[str]) -> None:
    assert negotiate(",".join(ranges), OFFERED) == PNG


@given(st.floats(0.001, 1), st.floats(0.001, 1))
def test_the_higher_quality_wins(json: float, png: float) -> None:
    accept = f"application/json;q={json:.3f}, image/png;q={png:.3f}"
    assert negotiate(accept, OFFERED) == (PNG if f"{png:.3f}" > f"{json:.3f}" else JSON)
