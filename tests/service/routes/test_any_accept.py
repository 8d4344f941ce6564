"""Every client gets a format that it accepts, or a refusal that lists the available formats.

The tests compute what a field allows from the parts that they made it of, not by parsing it.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from tests.service.problems import problem

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OFFERS = {
    "/generate": (
        {"seeds": list(range(9)), "labels": 3},  # as many as are worth coding
        [name for name, each in offered(Use.IMAGES).items() if each.suits(animate=False)],
    ),
    "/interpolate": ({"seeds": [1, 2], "steps": 8}, offered(Use.FRAMES)),
    "/dataset": ({"count": 9}, offered(Use.DATASET)),
    "/dataset/numbers": ({"pattern": "#{2}", "count": 9}, offered(Use.NUMBERS)),
}

FEW = settings(max_examples=40, deadline=None)


@dataclass(frozen=True)
class Item:
    """One item of a header: what it names, its quality in thousandths, and how that is written."""

    name: str
    thousandths: int
    text: str


@st.composite
def items(draw: st.DrawFn, names: list[str], *, with_parameters: bool) -> Item:
    name = draw(st.sampled_from(names))
    thousandths = draw(st.sampled_from([0, 1, 500, 999, 1000]))
    space = draw(st.sampled_from(["", " ", "\t"]))
    quality = draw(st.sampled_from([f"q={thousandths / 1000:.3f}", f"Q={thousandths / 1000:g}"]))
    parts = [draw(st.sampled_from([name, name.upper()]))]
    if with_parameters:
        parts += draw(st.lists(st.sampled_from(["v=1", 'v="a,b"', 'v=";q=0"', 'v="\\","']), max_size=2))
    parts += [] if thousandths == 1000 and draw(st.booleans()) else [quality]
    return Item(name, thousandths, f"{space};{space}".join(parts))


def headers(names: list[str], *, with_parameters: bool = False) -> st.SearchStrategy[list[Item]]:
    each = items(names, with_parameters=with_parameters)
    return st.lists(each, min_size=1, max_size=6, unique_by=lambda item: item.name)


def best(accepted: list[Item], offered: list[str]) -> set[str]:
    """Return the media types on offer that are accepted most; the most specific range decides about each."""
    named = {item.name: item.thousandths for item in accepted}
    qualities = {
        each: next((named[name] for name in (each, f"{each.partition('/')[0]}/*", "*/*") if name in named), 0)
        for each in offered
    }
    return {each for each, quality in qualities.items() if quality == max(qualities.values()) > 0}


def ask(service: httpx.Client, path: str, **header: str) -> httpx.Response:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in header.items()]
    body, _ = OFFERS[path]
    return service.send(service.build_request("POST", path, json=body, headers=raw))


def assert_refused(answer: httpx.Response, available: Iterable[str]) -> None:
    """Assert that an answer names the available formats, or the field without which a format has no frames."""
    if answer.status_code == 422:
        assert [each["pointer"] for each in problem(answer, 422, "invalid-request")["errors"]] == ["/animate"]
    else:
        assert all(each in problem(answer, 406, "not-acceptable")["detail"] for each in available)


def media_type(answer: httpx.Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


@pytest.mark.parametrize("path", OFFERS)
@FEW
@given(st.data())
def test_a_well_formed_accept_gets_its_preferred_format_or_the_list(
    service: httpx.Client, path: str, data: st.DataObject
) -> None:
    available = list(OFFERS[path][1])
    names = [*available, "image/*", "application/*", "*/*", "text/html", "image/avif"]
    accepted = data.draw(headers(names, with_parameters=True))
    answer = ask(service, path, accept=data.draw(st.sampled_from([",", ", ", " ,,\t"])).join(i.text for i in accepted))
    if wanted := best(accepted, available):
        assert answer.status_code == 200
        assert media_type(answer) in wanted
    else:
        assert_refused(answer, available)


TEXT = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])).map(str.strip)
PIECES = st.lists(
    st.sampled_from([*offered(Use.FRAMES), "*", "/", ";", ",", "q=", "=", "0.5", "nan", "1e400", '"', "\\", " "])
)


@pytest.mark.parametrize("path", OFFERS)
@FEW
@given(TEXT | PIECES.map("".join).map(str.strip))
def test_any_accept_gets_an_offered_format_or_the_list(service: httpx.Client, path: str, accept: str) -> None:
    answer, available = ask(service, path, accept=accept), OFFERS[path][1]
    if answer.status_code == 200:
        assert media_type(answer) in available
    else:
        assert_refused(answer, available)


@FEW
@given(headers(["zstd", "gzip", "identity", "deflate", "br", "x-gzip", "*"]))
def test_answers_are_coded_only_as_the_client_accepts(service: httpx.Client, accepted: list[Item]) -> None:
    answer = ask(service, "/generate", accept_encoding=",".join(item.text for item in accepted))
    coding = answer.headers.get("content-encoding")
    named = {item.name: item.thousandths for item in accepted}
    assert coding is None or named.get(coding, named.get("*", 0)) > 0
    assert n_images(answer) == 9


@FEW
@given(TEXT | PIECES.map("".join).map(str.strip))
def test_any_accept_encoding_gets_an_answer(service: httpx.Client, accept_encoding: str) -> None:
    assert n_images(ask(service, "/generate", accept_encoding=accept_encoding)) == 9


def n_images(answer: httpx.Response) -> int:
    content = answer.raise_for_status().content
    if answer.headers.get("content-encoding") == "zstd":  # which httpx leaves as it is
        content = zstd.decompress(content)
    return len(json.loads(content)["images"])
