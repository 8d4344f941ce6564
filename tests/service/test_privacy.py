"""Pictures that clients send leave no trace on a disk, in a log or in an error, whichever route reads them."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import Settings
from tests.handwriting import file_of
from tests.live import live
from tests.service.routes.test_encode import NOISE, SEVEN, base64_of, post


class _Opened:
    """The files that this process opens for writing, while it is active."""

    def __init__(self) -> None:
        self.is_active = False
        self.paths: list[str] = []
        sys.addaudithook(self._hear)  # which stays until the process ends

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_active and (event.startswith("tempfile.") or (event == "open" and _writes(arguments[2]))):
            self.paths.append(f"{event} {arguments[0]}")


def _writes(flags: int) -> bool:
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@pytest.fixture(scope="module")
def opened() -> Iterator[_Opened]:
    opened = _Opened()
    yield opened
    opened.is_active = False


def traces(content: bytes) -> list[str]:
    """Return texts by which a log would show that it has a part of a picture."""
    parts = [content[i : i + 9] for i in range(0, len(content) - 9, max(9, len(content) // 200 // 9 * 9))]
    return [text for part in parts for text in (part.hex(), repr(part)[2:-1], base64_of(part), part.decode("latin-1"))]


OPENAI = "/v1/images/edits", "/v1/images/variations"


def infer(service: httpx.Client, content: bytes) -> httpx.Response:
    """Send a file to an encoder as if it was pixels."""
    headers = {"content-type": "application/octet-stream", "inference-header-content-length": "0"}
    return service.post("/v2/models/encoder/infer", content=content, headers=headers)


def ask(service: httpx.Client, arguments: Any) -> httpx.Response:
    """Call the tool that reads pictures."""
    params = {"name": "read_hand", "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    return service.post("/mcp", json=message, headers=headers)


def test_pictures_reach_neither_disk_nor_logs_nor_errors(
    opened: _Opened, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = file_of(NOISE)
    assert len(large) > 1024 * 1024, "what web frameworks move to a disk"
    damaged = SEVEN[:60] + bytes(100)
    app = create_app(Settings(threads=1, access_log=True))
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    with live(app, log_level="debug") as service:
        post(service, SEVEN).raise_for_status()  # loads and opens what the first request needs
        opened.is_active = True
        for content in (SEVEN, large, damaged, SEVEN + large):
            body = base64_of(content)
            answers = (
                post(service, content),
                post(service, content, "text/plain"),
                post(service, content, "application/json"),
                post(service, content, "multipart/form-data; boundary=here"),
                service.post("/encode", files={"image": ("a.png", content)}),
                service.post("/encode", files={"other": ("a.png", content)}),
                service.post("/encode", json={"image": body}),
                service.post("/encode", json={"images": [body, f"{body}="]}),
                service.post("/encode", json={"image": [body]}),
                *(service.post(path, files={"image[]": content}, data={"prompt": "7"}) for path in OPENAI),
                service.post(
                    OPENAI[0], files={"prompt": content, "mask": content}, data={"image": "7", "n": body[:50]}
                ),
                infer(service, content),
                *(ask(service, arguments) for arguments in ({"image": body}, {"image": [body]}, {body: body}, body)),
            )
            texts += [answer.text for answer in answers if answer.status_code != 200 or '"isError":true' in answer.text]
        _, encoder = app.state.services.engine.encoder_of(None, None)
        monkeypatch.setattr(encoder, "run", lambda images: 1 / 0)
        assert post(service, SEVEN).status_code == 500
        opened.is_active = False
    assert opened.paths == []
    formatter = logging.Formatter()
    records = [formatter.format(each) + json.dumps(vars(each), default=str) for each in caplog.records]
    assert any("/encode" in each for each in records)
    assert any("ZeroDivisionError" in each for each in records)
    everything = "\n".join(texts + records)
    assert len(texts) > 20
    for content in (SEVEN, large, damaged):
        assert not [each for each in traces(content) if each in everything]
