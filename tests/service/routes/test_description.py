"""How the service's own description is answered; what it says is tested where operations are."""

import gzip

import httpx


def test_description_is_compressed_for_clients_that_accept_it(service: httpx.Client) -> None:
    plain = service.get("/openapi.json", headers={"accept-encoding": "identity"})
    assert plain.headers["content-type"] == "application/json"
    assert plain.json()["openapi"].startswith("3.")
    with service.stream("GET", "/openapi.json", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 4


def test_client_that_has_the_description_gets_304(service: httpx.Client) -> None:
    tag = service.get("/openapi.json").headers["etag"]
    again = service.get("/openapi.json", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_head_of_the_description_has_no_body(service: httpx.Client) -> None:
    answer = service.head("/openapi.json")
    assert (answer.status_code, answer.content) == (200, b"")
