"""Files that are read in ranges: continued where a connection breaks, never of two versions, with plain errors."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from digitgan.api import ranges
from digitgan.api.ranges import FileChanged, RangeFile
from tests.recorder import Recorder, recording

SPEC = "model-digits-small,version-1,count-500,seed-0"


@pytest.fixture(scope="module")
def proxy(service: httpx.Client) -> Iterator[Recorder]:
    with recording(str(service.base_url)) as recorder:
        yield recorder


@pytest.fixture
def url(proxy: Recorder) -> str:
    return f"{proxy.url}/datasets/{SPEC}/images.npy"


@pytest.fixture(scope="module")
def content(service: httpx.Client) -> bytes:
    return service.get(f"/datasets/{SPEC}/images.npy").content


def test_file_knows_its_address_and_size(proxy: Recorder, content: bytes) -> None:
    file = RangeFile(f"{proxy.url}/datasets/count-500,model-digits-small/images.npy")
    assert file.url == f"{proxy.url}/datasets/{SPEC}/images.npy", "so it is redirected once"
    assert file.size == len(content)
    assert file.read(128, 1000) == content[128:1000]
    assert file.read(7, 7) == b""


def test_broken_connection_is_continued_where_it_broke(url: str, proxy: Recorder, content: bytes) -> None:
    file = RangeFile(url)
    proxy.clear()
    proxy.cuts = [50_000, 20_000, 0]
    assert file.read(16, 100_016) == content[16:100_016]
    asked = [each.range for each in proxy.exchanges]
    assert asked == [f"bytes={start}-100015" for start in (16, 50_016, 70_016, 70_016)]
    assert proxy.n_bytes == 100_000


def test_server_without_room_is_asked_again(url: str, proxy: Recorder) -> None:
    proxy.clear()
    proxy.refusals = 2
    assert RangeFile(url).size > 0
    assert [each.status for each in proxy.exchanges] == [503, 503, 206]


def test_versions_are_never_mixed(url: str, proxy: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    file = RangeFile(url)
    monkeypatch.setattr(proxy, "instead", {"seed-0": "seed-1"})
    with pytest.raises(FileChanged, match="has changed"):
        file.read(0, 10)


def test_refusals_say_what_is_wrong_and_are_not_repeated(url: str, proxy: Recorder, service: httpx.Client) -> None:
    proxy.clear()
    with pytest.raises(OSError, match=r"422 must be an integer of at least 1, not 'none'"):
        RangeFile(url.replace("count-500", "count-none"))
    assert [each.status for each in proxy.exchanges] == [422]
    with pytest.raises(OSError, match=r"404 "):
        RangeFile(f"{service.base_url}/nothing")
    with pytest.raises(OSError, match="does not answer ranges"):
        RangeFile(f"{service.base_url}/openapi.json")
    for wrong in ("file:///etc/passwd", "localhost:8000/datasets"):
        with pytest.raises(ValueError, match="must begin with http"):
            RangeFile(wrong)
    with pytest.raises(ValueError, match="nonnumeric port"):
        RangeFile("http://localhost:many/datasets")


def test_key_is_sent_to_the_named_server_alone(url: str, proxy: Recorder) -> None:
    keys = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.append(self.headers["Authorization"])
            self.send_response(307)
            self.send_header("Location", url)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    proxy.clear()
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(OSError, match="redirects to another server"):
            RangeFile(f"http://127.0.0.1:{server.server_port}/", headers={"Authorization": "Bearer key"})
        thread.join()
    assert keys == ["Bearer key"]
    assert proxy.exchanges == []


def test_attempts_end_when_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_FIRST_WAIT_S", 0.001)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="6 attempts failed"):
            RangeFile(f"http://127.0.0.1:{closed.getsockname()[1]}/")
