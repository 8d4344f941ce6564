"""The gateway's cache: pictures that never change, for everyone, and nothing else."""

from pathlib import Path

import httpx
import pytest

from tests.deploy.fronts import Front
from tests.gateway import needs_haproxy

pytestmark = needs_haproxy

FOR_GOOD = "/images/{}.png?model=tiny&version=1"


def test_gateway_caches_pictures_that_never_change(client: httpx.Client) -> None:
    first, second = (client.get(FOR_GOOD.format(7)) for _ in range(2))
    assert "cache-status" not in first.headers
    assert second.headers["cache-status"] == "gateway; hit"
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert not {"server-timing", "x-instance"} & set(second.headers)
    assert client.get(FOR_GOOD.format(7), headers={"If-None-Match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/images/8.png", {}),
        (FOR_GOOD.format(9), {"X-Api-Key": "k"}),
        (FOR_GOOD.format(9), {"Authorization": "Bearer k"}),
        (FOR_GOOD.format(9), {"Cookie": "a=b"}),
    ],
    ids=["newest version", "key", "bearer", "cookie"],
)
def test_gateway_caches_nothing_that_may_change_or_needs_a_key(
    client: httpx.Client, address: str, headers: dict[str, str]
) -> None:
    answers = [client.get(address, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any("cache-status" in answer.headers for answer in answers)


def test_gateway_caches_pictures_for_the_pages_of_other_origins(front: Front) -> None:
    with front.replaced("127.0.0.5", "--cors-origins", "https://a.example,https://b.example") as client:
        origins: list[dict[str, str]] = [{}, {"Origin": "https://a.example"}, {"Origin": "https://b.example"}]
        first, *others = (client.get(FOR_GOOD.format(13), headers=origin) for origin in origins)
        models = [client.get("/models", headers=origin) for origin in origins]
    assert all(each.headers["cache-status"] == "gateway; hit" for each in others)
    assert all(each.headers["access-control-allow-origin"] == "*" for each in (first, *others))
    assert "vary" not in first.headers
    assert [each.headers.get("access-control-allow-origin") for each in models] == [
        each.get("Origin") for each in origins
    ]


def test_gateway_replays_no_header_of_another_client(front: Front) -> None:
    with front.replaced("127.0.0.4", "--requests-per-minute", "1000") as client:
        first, second = (client.get(FOR_GOOD.format(11), headers={"X-Request-Id": name}) for name in "ab")
    assert {"ratelimit", "ratelimit-policy"} <= set(first.headers)
    assert second.headers["cache-status"] == "gateway; hit"
    assert not {"ratelimit", "ratelimit-policy", "server-timing", "x-instance"} & set(second.headers)
    assert second.headers["x-request-id"] == "b"


def test_gateway_answers_ranges_from_a_replica(front: Front, models_dir: Path) -> None:
    """A cached file is whole, and a client that continues a download would get all of it again."""
    address = "/datasets/model-digits,version-1,count-60,seed-0/train-labels-idx1-ubyte"
    with front.replaced("127.0.0.6", "--models-dir", str(models_dir), "--default-model", "digits") as client:
        whole = [client.get(address) for _ in range(2)]
        parts = [client.get(address, headers={"Range": span}) for span in ("bytes=8-11", "bytes=-2")]
    assert [answer.headers.get("cache-status") for answer in whole] == [None, "gateway; hit"]
    assert [(part.status_code, part.content) for part in parts] == [(206, bytes(range(4))), (206, bytes([8, 9]))]
    assert not any("cache-status" in part.headers for part in parts)
