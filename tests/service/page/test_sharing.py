"""What documents tell other sites: addresses, titles, and pictures beside links."""

import io
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from PIL import Image

from service.access.key_file import add_key
from service.app import create_app
from service.page.documents import VIEWS
from service.settings import Settings
from tests.live import live

HOSTILE = "\"'><script>{{picture}}</script>&"


class Head(HTMLParser):
    """The elements of a document's head that sites read, and all names of elements in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.properties: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.names: list[str] = []
        self.feed(html.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names.append(tag)
        if tag == "meta":
            self.properties[given.get("property") or given.get("name", "")] = given.get("content", "")
        elif tag == "link":
            self.links[given["rel"]] = given["href"]


def head(service: httpx.Client, address: str, **headers: str) -> Head:
    return Head(service.get(address, headers=headers).raise_for_status().text)


@pytest.mark.parametrize(
    ("address", "canonical", "preview", "title"),
    [
        ("/", "/", "/previews/2026/23.png?model=digits&version=1", "Write a number by hand · digitgan"),
        ("/write/2026", "/", "/previews/2026/23.png?model=digits&version=1", "Write a number by hand · digitgan"),
        (
            "/write/29%2F11?hand=9&color=b3391b&truncation=0.70&model=digits+1&drawn=pixels",
            "/write/29%2F11?hand=9&model=digits+1&truncation=0.7&color=b3391b",
            "/previews/29%2F11/9.png?model=digits&version=1&truncation=0.7&color=b3391b",
            "29/11, written by hand · digitgan",
        ),
        (
            "/write/42?model=mlp+1",
            "/write/42?model=mlp+1",
            "/previews/42/23.png?model=digits&version=1",
            "42, written by hand · digitgan",
        ),
        (
            "/write/4x?hand=-1&color=red&truncation=nan&model=none",
            "/",
            "/previews/2026/23.png?model=digits&version=1",
            "Write a number by hand · digitgan",
        ),
        (  # of several values the first, as the page's script takes it
            "/write/5?truncation=0.7&truncation=0.9&color=b3391b&color=1d4e9e&hand=9&hand=8&model=digits+1&model=mlp+1",
            "/write/5?hand=9&model=digits+1&truncation=0.7&color=b3391b",
            "/previews/5/9.png?model=digits&version=1&truncation=0.7&color=b3391b",
            "5, written by hand · digitgan",
        ),
        ("/learn", "/learn", "/previews/2014/23.png?model=digits&version=1", "Learn what a GAN is · digitgan"),
    ],
)
def test_head_names_the_address_and_the_preview_of_what_is_shown(
    service: httpx.Client, address: str, canonical: str, preview: str, title: str
) -> None:
    root, found = str(service.base_url), head(service, address, **{"Accept-Language": "en"})
    assert found.links["canonical"] == found.properties["og:url"] == root + canonical
    assert found.properties["og:image"] == root + preview
    assert (found.properties["og:title"], found.properties["twitter:card"]) == (title, "summary_large_image")
    assert service.get(canonical, headers={"Accept-Language": "en"}).text.count('rel="canonical"') == 1


def test_every_view_has_a_description_and_a_preview_of_the_stated_size(service: httpx.Client) -> None:
    said = [head(service, view).properties for view in VIEWS]
    assert len({each["og:description"] for each in said}) == len({each["og:image"] for each in said}) == len(VIEWS)
    for each in said:
        picture = Image.open(io.BytesIO(service.get(each["og:image"]).raise_for_status().content))
        assert picture.size == (int(each["og:image:width"]), int(each["og:image:height"])) == (1200, 630)
        assert all(each[name] for name in ("description", "og:image:alt", "og:site_name"))


@pytest.mark.parametrize("name", ["hand", "color", "model", "truncation", "number", "Host", "X-Forwarded-Prefix"])
def test_nothing_of_a_request_becomes_markup(service: httpx.Client, name: str) -> None:
    usual = head(service, "/write")
    if name[0].isupper():
        found = head(service, "/write", **{name: HOSTILE})
    else:
        path = httpx.URL("/write" if name != "number" else f"/write/{HOSTILE}", params={name: HOSTILE})
        found = head(service, str(path))
    assert found.names == usual.names
    assert name == "Host" or found.properties["og:image"] == usual.properties["og:image"]


def test_addresses_are_those_of_clients_behind_a_gateway(models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1, public_url="https://digits.example/a/b"))
    with live(app) as service:
        found = head(service, "/write/7")
    assert found.links["canonical"] == "https://digits.example/a/b/write/7"
    assert found.properties["og:image"] == "https://digits.example/a/b/previews/7/23.png?model=digits&version=1"


def test_there_is_no_preview_where_keys_are_required(models_dir: Path, tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "shop")
    with live(create_app(Settings(models_dir=models_dir, threads=1, keys_file=tmp_path / "keys.json"))) as service:
        found = head(service, "/")
    assert "og:image" not in found.properties
    assert found.properties["twitter:card"] == "summary"


def test_there_is_no_preview_of_a_model_that_writes_no_numbers(clothes: httpx.Client) -> None:
    assert "og:image" not in head(clothes, "/").properties
