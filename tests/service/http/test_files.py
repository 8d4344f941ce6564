"""A file in every content coding."""

import asyncio
import gzip

from starlette.requests import Request
from starlette.responses import Response

from service.http.coding import CODINGS
from service.http.files import CodedFile

CONTENT = b"abc" * 1000


def get(file: CodedFile, **headers: str) -> Response:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": fields}
    return asyncio.run(file.answer(Request(scope), "no-cache"))


def test_client_gets_the_coding_that_it_prefers() -> None:
    file = CodedFile(CONTENT, "text/plain", headers={"X-More": "1"})
    plain, coded = get(file), get(file, accept_encoding="gzip")
    assert (plain.body, plain.headers.get("content-encoding"), plain.headers["x-more"]) == (CONTENT, None, "1")
    assert gzip.decompress(bytes(coded.body)) == CONTENT
    assert coded.headers["content-encoding"] == "gzip"
    assert plain.headers["etag"] != coded.headers["etag"]


def test_packed_file_is_sent_as_it_is_or_unpacked() -> None:
    [zstd] = [each for each in CODINGS if each.name == "zstd"]
    packed = zstd.compress(CONTENT)
    file = CodedFile(packed, "text/plain", is_packed=True)
    assert get(file, accept_encoding="zstd").body == packed
    assert get(file).body == CONTENT
    assert gzip.decompress(bytes(get(file, accept_encoding="gzip").body)) == CONTENT


def test_client_that_has_the_file_gets_304() -> None:
    file = CodedFile(CONTENT, "text/plain")
    assert get(file, if_none_match=get(file).headers["etag"]).status_code == 304


def test_tag_that_is_known_before_the_content_stands_for_it() -> None:
    one, other = (CodedFile(content, "text/plain", tag="0" * 64) for content in (CONTENT, CONTENT[1:]))
    assert get(one).headers["etag"] == get(other).headers["etag"] == f'"{"0" * 32}-identity"'
    assert get(one, if_none_match=get(other).headers["etag"]).status_code == 304
