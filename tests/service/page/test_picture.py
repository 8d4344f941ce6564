"""The first picture of the view Write, on the whole service."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from starlette.datastructures import QueryParams

from digitgan.contract.errors import Overloaded
from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from service.access.key_file import add_key
from service.app import create_app
from service.page.picture import USUAL_HAND, USUAL_NUMBER, Shown
from service.settings import Settings
from tests.live import live

STATIC = Path(__file__).parents[3] / "service" / "static"
TOKEN = token_of(seeds_to_latents([7], 64)[0])
PAPER = re.compile(r'<div id="picture" class="paper">(.*?)</div>', re.DOTALL)


def picture(client: httpx.Client, address: str, language: str = "en") -> str:
    """Return the picture in the document at an address; nothing if it has none."""
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = PAPER.search(answer.text)
    assert found
    return found[1]


def asked(client: httpx.Client, number: str, hand: int | str, name: str = "{} in the hand {}") -> str:
    """Return the same picture as its own address has it, with a name in the page's language."""
    answer = client.get(f"/numbers/{number}/{hand}.svg?layout=natural&animate=true").raise_for_status()
    title = f'<title>{name.format(unquote(number), hand)}</title><desc lang="en">'
    found, n_found = re.subn("<title>.*?</title><desc>", title, answer.text)
    assert n_found == 1
    return found


@pytest.mark.parametrize(
    ("address", "number", "hand"),
    [
        ("/", USUAL_NUMBER, USUAL_HAND),
        ("/write", USUAL_NUMBER, USUAL_HAND),
        ("/write/", USUAL_NUMBER, USUAL_HAND),
        ("/write/31?hand=7", "31", 7),
        ("/write/31?hand=0007", "31", 7),
        ("/write/31?hand=9007199254740991", "31", 9007199254740991),
        (f"/write/31?hand={TOKEN}", "31", TOKEN),
        ("/write/12%2F31?hand=7", "12%2F31", 7),
        ("/write/12/31?hand=7", "12%2F31", 7),
        ("/write/-3.5%20%25", "-3.5%20%25", USUAL_HAND),
        ("/write/31?hand=7&hand=8", "31", 7),  # browsers read the first
        ("/write/31?height=99&utm_source=letter&hand=7", "31", 7),
        # A number or a hand that is none is the usual one.
        ("/write/12a", USUAL_NUMBER, USUAL_HAND),
        ("/write/%3Cscript%3Ealert(1)%3C/script%3E?hand=7", USUAL_NUMBER, 7),
        ("/write/" + "1" * 65, USUAL_NUMBER, USUAL_HAND),
        ("/write/%D9%A1", USUAL_NUMBER, USUAL_HAND),  # an Arabic digit
        ("/write/%FF", USUAL_NUMBER, USUAL_HAND),
        ("/write/...", USUAL_NUMBER, USUAL_HAND),
        *(
            (f"/write/31?hand={wrong}", "31", USUAL_HAND)
            for wrong in ("", "1e3", "-1", "9007199254740992", "h", "h%3C", "%22%3E%3Csvg%3E", "7.0", "+7", "%D9%A7")
        ),
    ],
)
def test_document_has_the_picture_of_its_address(
    service: httpx.Client, address: str, number: str, hand: int | str
) -> None:
    assert picture(service, address) == asked(service, number, hand)


def test_name_of_the_picture_is_in_the_language_of_the_document(service: httpx.Client) -> None:
    assert picture(service, "/write/31?hand=7", "zh") == asked(service, "31", 7, "用笔迹 {1} 写的 {0}")


def test_document_has_no_picture_where_the_address_has_more_choices(service: httpx.Client) -> None:
    source = (STATIC / "views" / "write" / "write.js").read_text(encoding="utf-8")
    [fields] = re.findall(r"^const fields = \([\w, ]+\) => \(\{(.*?)^\}\);", source, re.DOTALL | re.MULTILINE)
    names = {*re.findall(r"^  (\w+):", fields, re.MULTILINE)}
    assert names > {"number", "hand", "model", "color"}
    shown = {name for name in names if Shown.by("31", QueryParams({name: "x"})).is_plain}
    assert shown == {"number", "hand", "height"}  # which stands in the path, which is there, and which no curve has
    assert picture(service, "/write/31?color=1d4e9e") == ""
    assert picture(service, "/write/31?model=mlp+1") == ""


def test_token_for_another_model_gives_no_picture(service: httpx.Client) -> None:
    assert picture(service, f"/write/31?hand={token_of(seeds_to_latents([7], 32)[0])}") == ""


def test_model_that_writes_no_numbers_gives_no_picture(models_dir: Path) -> None:
    with live(create_app(Settings(models_dir=models_dir, default_model="mlp", threads=1))) as client:
        assert picture(client, "/") == ""


def test_number_longer_than_the_service_allows_gives_no_picture(models_dir: Path) -> None:
    with live(create_app(Settings(models_dir=models_dir, max_images=2, threads=1))) as client:
        assert picture(client, "/write/31") == asked(client, "31", USUAL_HAND)
        assert picture(client, "/write/312") == ""


def test_service_that_requires_keys_gives_no_picture(models_dir: Path, tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys.json", "shop")
    app = create_app(Settings(models_dir=models_dir, threads=1, keys_file=tmp_path / "keys.json", images_per_minute=9))
    with live(app) as client:
        assert picture(client, "/write/31") == ""
        answer = client.get("/models", headers={"X-Api-Key": key})
        assert answer.headers["ratelimit"].startswith('"images";r=9;')


def test_picture_counts_as_a_request_and_as_images_unless_the_client_has_it(models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1, requests_per_minute=9, images_per_minute=9))
    with live(app) as client:

        def left() -> tuple[int, int]:
            requests, images = re.findall(r";r=(\d+)", client.get("/models").headers["ratelimit"])
            return int(requests) + 1, int(images)

        assert left() == (9, 9)
        tag = client.get("/").headers["etag"]  # of 8 requests that are left, 1; of 9 images, 4
        assert left() == (7, 5)
        assert client.get("/", headers={"If-None-Match": tag}).status_code == 304
        assert client.head("/").headers["etag"] == tag
        assert client.get("/learn").status_code == 200
        assert left() == (6, 5)
        refused = client.get("/write/123456")  # its picture would need 6
        assert PAPER.search(refused.text)[1] == ""  # type: ignore[index]
        assert refused.headers["etag"] != client.head("/write/123456").headers["etag"]
        assert left() == (4, 5)


def test_overloaded_service_gives_the_page_without_picture(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1, images_per_minute=4))

    async def refuse(*_: object) -> None:
        raise Overloaded("the queue is full", 1)

    with live(app) as client:
        with monkeypatch.context() as patch:
            patch.setattr("service.page.picture.encode", refuse)
            assert picture(client, "/") == ""
        assert picture(client, "/") != ""  # what was refused has not counted


def test_page_does_not_wait_for_a_slow_picture(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.page.picture._PATIENCE_S", 0.0)
    with live(create_app(Settings(models_dir=models_dir, threads=1))) as client:
        assert picture(client, "/") == ""
        assert client.get("/numbers/31/7.png").status_code == 200  # the engine goes on


def test_many_documents_at_once_have_their_own_pictures(service: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [*pool.map(lambda seed: picture(service, f"/write/31?hand={seed}"), range(8))]
    assert made == [asked(service, "31", seed) for seed in range(8)]
