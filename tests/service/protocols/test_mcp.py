"""What the official client of the Model Context Protocol, unchanged, gets over HTTP."""

import asyncio
import base64
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from httpx2 import AsyncClient
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from digitgan import __version__
from digitgan.contract.hand import token_of
from service.access.key_file import add_key
from service.app import create_app
from service.protocols import mcp as route
from service.protocols.mcp_tools import TOOLS
from service.settings import Settings
from tests.handwriting import digits, file_of
from tests.live import live
from tests.processes import wait_until

HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def call(service: httpx.Client, tool: str, mode: str = "auto", **arguments: Any) -> Any:
    """Call a tool once, and return its result."""

    async def connected() -> Any:
        async with Client(str(service.base_url.join("/mcp")), mode=mode) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(connected())


def raw(service: httpx.Client, message: Any = LIST, **headers: str) -> httpx.Response:
    return service.post("/mcp", json=message, headers=HEADERS | headers)


def picture_of(result: Any) -> bytes:
    assert result.content[0].mime_type == "image/png"
    return base64.b64decode(result.content[0].data, validate=True)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_client_lists_the_tools_in_every_version_of_the_protocol(service: httpx.Client, mode: str) -> None:
    async def connected() -> Any:
        async with Client(str(service.base_url.join("/mcp")), mode=mode) as client:
            assert client.server_info
            assert (client.server_info.name, client.server_info.version) == ("digitgan", __version__)
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in asyncio.run(connected())}
    assert list(tools) == list(TOOLS) == ["write_number", "generate_digits", "make_dataset", "read_hand"]
    for tool in tools.values():
        assert tool.description and tool.description[0].isupper()
        assert tool.annotations and tool.annotations.read_only_hint
        assert all("description" in field for field in tool.input_schema["properties"].values()), tool.name


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_number_is_the_picture_of_the_service(service: httpx.Client, mode: str) -> None:
    result = call(service, "write_number", mode, number="2026", seed=7)
    assert picture_of(result) == service.get("/numbers/2026/7.png?ink=true&layout=natural").content
    assert result.structured_content == {"model": "digits", "version": "1", "number": "2026", "seed": 7}
    assert json.loads(result.content[1].text) == result.structured_content
    assert not result.is_error


@pytest.mark.parametrize(
    ("number", "looks", "address"),
    [
        ("12/31", {"height": 300, "color": "navy", "background": "#fff"}, "ink=true&height=300&color=000080"),
        ("(5) 1,5", {"layout": "grid", "gap": 2, "invert": True}, "ink=true&invert=true&gap=2"),
        ("-3.5 %", {"ink": False, "gap": 2}, "scale=4&gap=2"),
        ("7", {"ink": False, "scale": 8, "background": "transparent"}, "scale=8&background=transparent"),
    ],
)
def test_number_is_drawn_as_the_arguments_say(
    service: httpx.Client, number: str, looks: dict[str, Any], address: str
) -> None:
    result = call(service, "write_number", number=number, seed=7, **looks)
    query = address + ("&background=ffffff&layout=natural" if "color" in looks else "")
    answer = service.get(f"/numbers/{quote(number, safe='')}/7.png?{query}")
    assert picture_of(result) == answer.raise_for_status().content


def test_labelled_digits_are_drawn_as_the_arguments_say(service: httpx.Client) -> None:
    looks: dict[str, Any] = {"ink": True, "height": 99, "color": "maroon", "background": "transparent"}
    result = call(service, "generate_digits", labels=[3], seed=5, **looks)
    address = "/digits/3/5.png?ink=true&height=99&color=800000&background=transparent"
    assert picture_of(result) == service.get(address).raise_for_status().content


def test_number_without_a_seed_can_be_written_again(service: httpx.Client) -> None:
    result = call(service, "write_number", number="42", invert=True)
    again = call(service, "write_number", number="42", invert=True, seed=result.structured_content["seed"])
    assert picture_of(again) == picture_of(result)


def test_labelled_digits_come_as_one_sheet(service: httpx.Client) -> None:
    result = call(service, "generate_digits", labels=[3, 1, 4], seed=5, columns=3, scale=1)
    assert result.structured_content["labels"] == [3, 1, 4]
    assert result.structured_content["seeds"] == [5, 6, 7]
    with Image.open(io.BytesIO(picture_of(result))) as sheet:
        assert sheet.size == (3 * 30 + 2, 32)
        for place, (label, seed) in enumerate([(3, 5), (1, 6), (4, 7)]):
            with Image.open(io.BytesIO(service.get(f"/digits/{label}/{seed}.png").content)) as digit:
                left = 2 + 30 * place
                assert sheet.crop((left, 2, left + 28, 30)).tobytes() == digit.tobytes()


def test_labels_may_be_names_of_classes(clothes: httpx.Client) -> None:
    result = call(clothes, "generate_digits", labels=["Bag", 4], seed=5)
    assert result.structured_content["labels"] == [8, 4]
    result = call(clothes, "generate_digits", labels=["bag"], seed=5)
    assert result.is_error and "/labels/0: must be a class of model 'clothes', a name" in result.content[0].text
    assert "did you mean 'Bag'?" in result.content[0].text


def test_hand_of_a_picture_is_that_of_the_service_and_shown_with_all_digits(service: httpx.Client) -> None:
    images, labels = digits()
    picture = file_of(255 - images[labels == 7][0])
    result = call(service, "read_hand", image=base64.b64encode(picture).decode())
    told = result.structured_content
    read = service.post("/encode", content=picture, headers={"content-type": "image/png"}).json()
    assert told == {name: read[name] for name in ("model", "version", "hand", "label", "confidence", "error")}
    assert told["label"] == 7
    shown = service.get(f"/numbers/0123456789/{told['hand']}.png?ink=true&height=56&layout=natural")
    assert picture_of(result) == shown.raise_for_status().content
    written = call(service, "write_number", number="42", hand=told["hand"])
    assert written.structured_content["hand"] == told["hand"]
    assert picture_of(written) == service.get(f"/numbers/42/{told['hand']}.png?ink=true&layout=natural").content


def test_sheet_and_data_set_are_in_the_hand_of_the_arguments(service: httpx.Client) -> None:
    hand = token_of(np.linspace(-2, 2, 64))
    sheet = call(service, "generate_digits", labels=[3, 3], hand=hand, scale=1)
    assert sheet.structured_content["hand"] == hand
    expected = service.post("/generate", json={"hands": hand, "labels": [3, 3]}, headers={"accept": "image/png"})
    assert picture_of(sheet) == expected.raise_for_status().content
    result = call(service, "make_dataset", count=20, hand=hand, vary=0.3)
    content = base64.b64decode(result.content[0].resource.blob, validate=True)
    assert content == service.post("/dataset", json={"count": 20, "hand": hand, "vary": 0.3}).content
    assert (result.structured_content["hand"], result.structured_content["vary"]) == (hand, 0.3)


def test_data_set_is_that_of_the_service(service: httpx.Client) -> None:
    result = call(service, "make_dataset", count=20, seed=3)
    resource = result.content[0].resource
    assert resource.mime_type == "application/zip"
    content = base64.b64decode(resource.blob, validate=True)
    assert content == service.post("/dataset", json={"count": 20, "seed": 3}).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 20


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("write_number", {"number": "4x"}, "/number: must be digits and the signs"),
        ("write_number", {"number": "42", "seeed": 1}, "did you mean 'seed'"),
        ("write_number", {}, "/number: this field is required"),
        ("write_number", {"number": "4", "hand": "hAA"}, "/hand: a hand of model 'digits' has 64 components, not 1"),
        ("write_number", {"number": "4", "seed": 1, "hand": "hAA"}, "/hand: give seed or hand, not both"),
        ("read_hand", {"image": "data:image/png;base64,"}, "/image: must be a PNG, JPEG or WebP file in base64 alone"),
        ("read_hand", {"image": "iVBORw0KGgo="}, "/image: the file ends inside its header"),
        ("read_hand", {"image": "", "model": "mlp"}, "/image: the file is empty"),
        ("write_number", {"number": "42", "ink": False, "height": 60}, "/height: needs ink"),
        ("write_number", {"number": "42", "scale": 4}, "/scale: must be 1 with ink"),
        ("write_number", {"number": "42", "color": "nvy"}, "/color: no colour 'nvy'; did you mean 'navy'?"),
        ("write_number", {"number": "42", "scale": 9}, "/scale: must be an integer from 1 to 8, not 9"),
        ("write_number", {"number": "42", "model": "flux"}, "available models: digits"),
        ("write_number", {"number": "42", "model": "mlp"}, "has no classes"),
        (
            "generate_digits",
            {"labels": [1, 10]},
            "/labels/1: must be a class of model 'digits', an integer from 0 to 9, not 10",
        ),
        ("generate_digits", {"labels": [1, 1], "seed": 2**53 - 1}, "exceed the largest seed"),
        ("make_dataset", {"count": 1001}, "/count: must be an integer from 1 to 1,000, not 1,001"),
    ],
)
def test_model_is_told_what_is_wrong(service: httpx.Client, tool: str, arguments: dict[str, Any], said: str) -> None:
    result = call(service, tool, **arguments)
    assert result.is_error
    assert said in result.content[0].text


def test_unknown_tool_is_an_error_of_the_protocol(service: httpx.Client) -> None:
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "draw", "arguments": {}}}
    answer = raw(service, message).json()
    assert answer["id"] == 7
    assert answer["error"]["message"].startswith("no tool 'draw'; available tools: write_number")


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[tuple[httpx.Client, str]]:
    """Yield a service that requires a key, the key, and allows it four images a minute."""
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    key = add_key(keys, "shop")
    with live(create_app(Settings(models_dir=models_dir, keys_file=keys, images_per_minute=4, threads=1))) as client:
        yield client, key


def test_key_and_quota_count_as_on_every_path(limited: tuple[httpx.Client, str]) -> None:
    service, key = limited
    refused = raw(service)
    assert (refused.status_code, refused.json()["error"]["message"][:22]) == (401, "an API key is required")
    assert refused.headers["www-authenticate"].startswith("Bearer")

    async def connected() -> list[Any]:
        async with (
            AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http,
            Client(streamable_http_client(str(service.base_url.join("/mcp")), http_client=http)) as client,
        ):
            return [await client.call_tool("write_number", {"number": "123"}) for _ in range(2)]

    first, second = asyncio.run(connected())
    assert not first.is_error
    assert second.is_error
    assert "the limit is 4 images a minute: 1 left, 3 needed; try again in" in second.content[0].text


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:6274", 200),
        ("http://127.0.0.1:8000", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example:80", 403),
        ("null", 403),
    ],
)
def test_pages_of_other_origins_are_refused(service: httpx.Client, origin: str, status: int) -> None:
    """With DNS rebinding, the page's own origin is that of the service, and the browser names it."""
    assert raw(service, origin=origin).status_code == status
    assert raw(service, origin=origin, host=origin.partition("//")[2] or "x").status_code == status


def test_pages_of_named_origins_are_answered(models_dir: Path) -> None:
    page = "https://page.example"
    with live(create_app(Settings(models_dir=models_dir, cors_origins=(page,), threads=1))) as service:
        answer = raw(service, origin=page)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, page)
        asked = {"origin": page, "access-control-request-method": "POST"}
        asked["access-control-request-headers"] = "content-type,mcp-protocol-version,mcp-method,mcp-name"
        assert service.options("/mcp", headers=asked).status_code == 200
        assert raw(service, origin="https://other.example").status_code == 403


def test_requests_that_are_no_calls_are_refused_cheaply(service: httpx.Client) -> None:
    for method in ("GET", "DELETE"):  # without sessions, there is nothing to listen to or to end
        answer = service.request(method, "/mcp", headers=HEADERS)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.json()["error"]["code"] == -32600
    for body in (b"[" * 60_000, b'{"a":' * 10_000, b"{}", b"null", b"\xff"):
        headers = HEADERS | {"content-type": "application/json"}
        assert service.post("/mcp", content=body, headers=headers).status_code == 400, body[:9]
        modern = headers | {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list"}
        assert service.post("/mcp", content=body, headers=modern).status_code == 400, body[:9]
    assert service.post("/mcp", content=b" " * 65_000 + b"[" * 1000, headers=HEADERS).status_code == 413
    assert raw(service, [LIST] * 100).status_code == 400
    assert raw(service).status_code == 200


def test_refused_bodies_are_errors_of_the_protocol(service: httpx.Client) -> None:
    message = json.dumps(LIST).encode()
    for coding, body, status, said in (
        ("gzip", gzip.compress(message), 200, "write_number"),
        ("gzip", gzip.compress(message)[:-1], 400, "declared as gzip, but it is incomplete"),
        ("gzip", gzip.compress(bytes(10_000_000)), 413, "the body may have at most"),
        ("br", message, 415, "supported codings: zstd, gzip"),
    ):
        headers = HEADERS | {"content-type": "application/json", "content-encoding": coding}
        answer = service.post("/mcp", content=body, headers=headers)
        assert answer.status_code == status
        assert said in answer.text
        assert answer.json()["jsonrpc"] == "2.0"


def test_service_without_the_sdk_names_the_extra(service: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "find_spec", lambda _: None)
    answer = raw(service)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "the Model Context Protocol needs the service's extra [mcp]"


def test_call_that_takes_too_long_is_cancelled(models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, batch_images=1, threads=1))  # takes its time
    arguments = {"name": "make_dataset", "arguments": {"count": 1000}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": arguments}
    with live(app) as service:
        assert raw(service).status_code == 200  # from now on, the SDK is loaded
        answer = raw(service, message, **{"x-request-timeout": "0.1"})
        assert answer.status_code == 503
        assert answer.json()["error"]["message"] == "the answer did not start within 0.1 s"
        assert int(answer.headers["retry-after"]) >= 1
        wait_until(lambda: app.state.services.engine.admitted_images == 0)
        assert not raw(service, message).json()["result"]["isError"]
