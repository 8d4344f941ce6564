"""What browsers keep of the page: the list of files, and the worker of a release."""

import re

import httpx

from service.page.documents import VIEWS
from service.page.offline import LIST, WORKER


def test_list_has_every_file_that_a_browser_loads_with_its_size(service: httpx.Client) -> None:
    [place] = {*re.findall(r'="\./(page/\w+/)', service.get("/").text)}
    listed = service.get(f"/{place}{LIST}").json()
    assert listed["views"] == [*VIEWS]
    files: dict[str, int] = listed["files"]
    assert {"shell/page.css", "messages.json", "drawing/runner.js", "icons/icon.svg", "views/write/write.js"} <= {
        *files
    }
    assert not [name for name in files if name.endswith((".zst", ".html", ".txt", "LICENSE", WORKER))]
    for name, n_bytes in files.items():
        answer = service.get(f"/{place}{name}").raise_for_status()
        assert (name, len(answer.content)) == (name, n_bytes)
        assert "immutable" in answer.headers["cache-control"]


def test_worker_is_at_the_root_and_names_its_release(service: httpx.Client) -> None:
    answer = service.get(f"/{WORKER}").raise_for_status()
    [place] = {*re.findall(r'="\./page/(\w+)/', service.get("/").text)}
    assert f'const RELEASE = "{place}";' in answer.text
    assert "{{" not in answer.text
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert service.get(f"/page/{place}/{WORKER}").status_code == 404


def test_document_says_how_much_a_browser_would_keep(service: httpx.Client) -> None:
    html = service.get("/").text
    [place] = {*re.findall(r'="\./(page/\w+/)', html)}
    [n_bytes] = re.findall(r'id="offline"[^>]* data-bytes="(\d+)"', html)
    files = service.get(f"/{place}{LIST}").json()["files"]
    model = service.head("/models/digits/1/model.onnx").headers["content-length"]
    assert int(n_bytes) == sum(files.values()) + int(model)
