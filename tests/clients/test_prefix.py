"""A service behind a proxy that has TLS, another host and a prefix: every address in an answer leads back to it."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import openai
import pytest

from tests.clients.proxies import caddy, haproxy, nginx
from tests.gateway import gateway, needs_haproxy
from tests.processes import PATIENCE_S, serving
from tests.programs import needs

PREFIX = "/digits"  # as some paths of the service begin, too
HOST = "digits.example:8443"

NGINX = f"""
location {PREFIX}/ {{
    proxy_pass UPSTREAM/;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Prefix {PREFIX};
}}
"""
HAPROXY = f"""
    http-request set-header X-Forwarded-Host %[req.hdr(Host)]
    http-request set-header X-Forwarded-Proto https
    http-request set-header X-Forwarded-Prefix {PREFIX}
    http-request replace-path {PREFIX}(/.*) \\1
"""
CADDY = f"""
handle_path {PREFIX}/* {{
    reverse_proxy UPSTREAM {{
        header_up X-Forwarded-Proto https
        header_up X-Forwarded-Prefix {PREFIX}
    }}
}}
"""
PROXIES: dict[str, Callable[[str], AbstractContextManager[str]]] = {
    "nginx": lambda upstream: nginx(NGINX.replace("UPSTREAM", upstream)),
    "haproxy": lambda upstream: haproxy(HAPROXY, upstream),
    "caddy": lambda upstream: caddy(CADDY.replace("UPSTREAM", upstream)),
}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> tuple[str, ...]:
    """Return the arguments that serve one model."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "digits").symlink_to(models_dir / "digits")
    return "--models-dir", str(folder)


@pytest.fixture(scope="module")
def url(digits: tuple[str, ...]) -> Iterator[str]:
    with serving(*digits) as service:
        yield service.url


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("nginx", marks=needs("nginx", shows="a prefix")),
        pytest.param("haproxy", marks=needs_haproxy),
        pytest.param("caddy", marks=needs("caddy", shows="a prefix")),
    ],
)
def proxied(request: pytest.FixtureRequest, url: str) -> Iterator[httpx.Client]:
    """Yield a client of a proxy that takes the host for its own, and the prefix off the paths."""
    with (
        PROXIES[request.param](url) as front,
        httpx.Client(base_url=front, headers={"Host": HOST}, timeout=PATIENCE_S) as client,
    ):
        yield client


def test_addresses_of_pictures_have_the_prefix(proxied: httpx.Client) -> None:
    answer = proxied.post(f"{PREFIX}/generate", json={"seeds": [1, 2]})
    for each in answer.json()["images"]:
        assert each["url"].startswith(f"{PREFIX}/")
        assert proxied.get(each["url"]).headers["content-type"] == "image/png"
    picture = proxied.post(f"{PREFIX}/generate", json={"seeds": 1}, headers={"Accept": "image/png"})
    assert proxied.get(picture.headers["content-location"]).content == picture.content


def test_openai_client_gets_the_address_that_it_knows(proxied: httpx.Client) -> None:
    api = openai.OpenAI(
        base_url=str(proxied.base_url.join(f"{PREFIX}/v1")), api_key="none", default_headers={"Host": HOST}
    )
    [picture] = api.images.generate(prompt="7", response_format="url").data or []
    assert picture.url is not None
    assert picture.url.startswith(f"https://{HOST}{PREFIX}/")
    assert proxied.get(picture.url.removeprefix(f"https://{HOST}")).status_code == 200


def test_documentation_finds_its_files_and_paths(proxied: httpx.Client) -> None:
    page = proxied.get(f"{PREFIX}/docs").text
    names = re.findall(r"(?:src=|href=|url: ).([\w./-]+)", page)
    assert len(names) >= 4
    for name in names:
        assert proxied.get(urljoin(f"{PREFIX}/docs", name)).status_code == 200, name
    assert proxied.get(f"{PREFIX}/openapi.json").json()["servers"] == [{"url": PREFIX}]


def test_page_finds_its_files(proxied: httpx.Client) -> None:
    for name in re.findall(r"(?:src|href)=\"([^\"]+)\"", proxied.get(f"{PREFIX}/").text):
        if not name.startswith("http"):
            assert proxied.get(urljoin(f"{PREFIX}/", name)).status_code == 200, name


def test_nothing_names_the_inner_address(proxied: httpx.Client, url: str) -> None:
    inner = url.removeprefix("http://")
    for path in ("/models", "/docs", "/openapi.json", "/problems", "/", "/nothing", "/models/", "/static-offline-docs"):
        answer = proxied.get(PREFIX + path)
        assert inner not in answer.text + str(answer.headers), path


FORWARDED = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/x", "X-Forwarded-Proto": "https"}


def picture_address(url: str, headers: dict[str, str]) -> str:
    body = {"prompt": "7", "seed": 1, "response_format": "url"}
    answer = httpx.post(f"{url}/v1/images/generations", json=body, headers=headers, timeout=PATIENCE_S)
    return str(answer.json()["data"][0]["url"]).partition("/digits/7/")[0].partition("/images/")[0]


def test_only_a_trusted_proxy_says_where_the_service_is(digits: tuple[str, ...], url: str) -> None:
    assert picture_address(url, FORWARDED) == "https://evil.example/x"  # from this machine
    with serving(*digits, FORWARDED_ALLOW_IPS="192.0.2.1") as careful:
        assert picture_address(careful.url, FORWARDED) == careful.url


def test_public_url_says_where_the_service_is_whatever_is_forwarded(digits: tuple[str, ...]) -> None:
    with serving(*digits, "--public-url", "https://digits.example/made/by/") as service:
        assert picture_address(service.url, FORWARDED) == "https://digits.example/made/by"
        answer = httpx.post(f"{service.url}/generate", json={"seeds": 1}, headers={"Accept": "image/png"})
        assert answer.headers["content-location"].startswith("/made/by/")


@pytest.mark.parametrize(
    ("host", "prefix"), [("a b", "/a b"), ("a/b", "a"), ("user@a", "//evil.example"), ("", '/"'), ("[x]", "/a?b")]
)
def test_what_is_no_host_and_no_prefix_is_ignored(url: str, host: str, prefix: str) -> None:
    assert picture_address(url, {"X-Forwarded-Host": host, "X-Forwarded-Prefix": prefix}) == url


@needs_haproxy
def test_gateway_lets_no_client_choose_addresses(digits: tuple[str, ...], tmp_path: Path) -> None:
    with (
        gateway(tmp_path / "access.log") as front,
        serving("--host", "127.0.0.2", "--port", str(front.replica_port), *digits, FORWARDED_ALLOW_IPS="*"),
    ):
        front.set_replicas("127.0.0.2")
        assert picture_address(front.url, FORWARDED) == front.url
