"""What `Accept` fields prefer, malformed ones included."""

from time import perf_counter

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from service.http.negotiation import field_value, negotiate, qualities

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
def test_negotiate_returns_the_preferred_media_type(accept: str | None, answer: str | None) -> None:
    assert negotiate(accept, OFFERED) == answer


PIECES = st.sampled_from(
    ["image/png", "application/json", "*/*", "image/*", ";q=", "0", "0.5", "1", ",", ";", " ", "/"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_negotiate_returns_an_offered_type_or_none_for_any_field(accept: str) -> None:
    assert negotiate(accept, OFFERED) in (*OFFERED, None)


@given(st.permutations(["image/png;q=0.9", "application/json;q=0.3", "text/html", "image/*;q=0.2", "*/*;q=0.1"]))
def test_negotiate_ignores_the_order_of_ranges(ranges: list[str]) -> None:
    assert negotiate(",".join(ranges), OFFERED) == PNG


@given(st.floats(0.001, 1), st.floats(0.001, 1))
def test_negotiate_prefers_the_higher_quality(json: float, png: float) -> None:
    accept = f"application/json;q={json:.3f}, image/png;q={png:.3f}"
    assert negotiate(accept, OFFERED) == (PNG if f"{png:.3f}" > f"{json:.3f}" else JSON)


def request_with(*lines: bytes) -> Request:
    scope: Scope = {"type": "http", "headers": [(b"accept", line) for line in lines]}
    return Request(scope)


def test_field_value_joins_all_lines_of_a_field() -> None:
    request = request_with(b"text/html, image/webp;q=0.5", b"image/png")
    assert field_value(request, "Accept") == "text/html, image/webp;q=0.5, image/png"


def test_field_value_tells_an_empty_field_from_a_missing_one() -> None:
    assert field_value(request_with(b""), "accept") == ""
    assert field_value(request_with(), "accept") is None


def as_request(**fields: str) -> Request:
    return Request({"type": "http", "headers": [(name.encode(), value.encode()) for name, value in fields.items()]})


def test_a_long_field_counts_up_to_its_last_whole_item_within_the_limit() -> None:
    assert field_value(as_request(accept="image/png," * 300), "accept") == ("image/png," * 204)[:-1]
    assert field_value(as_request(accept="a" * 3000), "accept") == ""
    within = "a," * 1024
    assert field_value(as_request(accept=within), "accept") == within


@pytest.mark.alone
@pytest.mark.parametrize("item", [",", "a,", ";", '""', '"\\', " ", "a;q=1,", '"a",', "*", "a;q=0.1;"])
def test_a_field_of_60_kb_is_read_within_2_ms(item: str) -> None:
    request = as_request(accept=(item * 60_000)[:60_000])

    def measure() -> float:
        started = perf_counter()
        qualities(field_value(request, "accept") or "")
        return perf_counter() - started

    assert min(measure() for _ in range(20)) < 0.002
