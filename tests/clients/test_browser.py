"""Pages of another origin in a real Chromium: openai's npm client, traces and binary tensors pass the preflights."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.browser import chromium
from tests.processes import serving

pytestmark = pytest.mark.slow

DRAW_BY_OPENAI = """
async (service) => {
    const { default: OpenAI } = await import("/node_modules/openai/index.mjs");
    const client = new OpenAI({ baseURL: `${service}/v1`, apiKey: "none", dangerouslyAllowBrowser: true });
    const answer = await client.images.generate({ model: "gpt-image-1", prompt: "a handwritten 42" });
    return answer.data[0].b64_json.slice(0, 8);
}
"""
INFER = """
async (service) => {
    const head = JSON.stringify({
        inputs: [{ name: "seed", shape: [1], datatype: "INT64", parameters: { binary_data_size: 8 } }],
        outputs: [{ name: "png", parameters: { binary_data: true } }],
    });
    const body = new Blob([head, new BigInt64Array([7n])]);
    const headers = {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": String(head.length),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    const answer = await fetch(`${service}/v2/models/digits/infer`, { method: "POST", headers, body });
    const length = Number(answer.headers.get("Inference-Header-Content-Length"));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return [answer.status, String.fromCharCode(...bytes.slice(length + 5, length + 8))];
}
"""


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections, of which a browser otherwise opens one for each module
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript", ".js": "text/javascript"}

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # of the default of 5, a busy machine loses connections


@pytest.fixture
def origin(packages: Path) -> Iterator[str]:
    """Yield an origin that serves a page and the packages of npm."""
    (packages / "index.html").write_text("<!doctype html><title>another origin</title>", encoding="utf-8")
    with _Server(("127.0.0.1", 0), partial(_Files, directory=str(packages))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_page_of_another_origin_draws_by_openai_and_infers_in_binary(origin: str) -> None:
    with chromium() as browser, serving(DIGITGAN_CORS_ORIGINS=origin) as service:
        page = browser.new_page()
        page.goto(origin)
        assert page.evaluate(DRAW_BY_OPENAI, service.url) == "iVBORw0K"  # a PNG's signature in base64
        assert page.evaluate(INFER, service.url) == [200, "PNG"]
        page.close()
