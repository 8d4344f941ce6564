"""What each kind of bad input gets from every path: which field, what is allowed, and a page that explains it."""

import json
from typing import Any

import httpx
import pytest

from service.http.problems import PROBLEMS
from tests.service.problems import problem

SEEDS = "0 to 9,007,199,254,740,991"
WRONG = [
    ("/generate", '{"seeds": 1, "lables": 1}', "/lables", "no field 'lables'; did you mean 'labels'?"),
    ("/generate", '{"seeds": 1, "paper": 1}', "/paper", "available fields: seeds, hands, latents, count"),
    ("/generate", "{}", "", "exactly one of seeds, hands, latents and count"),
    ("/generate", '{"seeds": [1, 2], "labels": [1, 2, 3]}', "/labels", "one, or one for each"),
    ("/generate", '{"latents": [[0, 0]]}', "/latents", "has 74 components, not 2"),
    ("/generate", '{"latents": [[0, 0], [0]]}', "/latents/1", "has 1 component, but the first latent has 2"),
    ("/generate", '{"latents": [[0, NaN]]}', "/latents/0/1", "must be a finite number, not"),
    ("/generate", '{"latents": [[0, -Infinity]]}', "/latents/0/1", "must be a finite number, not"),
    ("/generate", '{"latents": [[0, 1e39]]}', "/latents/0", "a finite number that fits float32"),
    ("/generate", '{"latents": [[[0]]]}', "/latents/0/0", "must be a finite number, not"),
    ("/generate", '{"seeds": 1, "labels": 10}', "/labels", "from 0 to 9"),
    ("/generate", '{"seeds": 1, "labels": -1}', "/labels", "of at least 0"),
    ("/generate", '{"seeds": 1, "truncation": NaN}', "/truncation", "from 0 to 2"),
    ("/generate", '{"seeds": -1}', "/seeds", SEEDS),
    ("/generate", '{"seeds": 9007199254740992}', "/seeds", SEEDS),
    ("/generate", '{"seeds": []}', "/seeds", "a list of at least 1 item"),
    ("/generate", '{"latents": []}', "/latents", "a list of at least 1 item"),
    ("/generate", '{"count": 0}', "/count", "of at least 1"),
    ("/generate", '{"count": 1025}', "/count", "at most 1,024"),
    ("/generate", f'{{"seeds": {[1] * 1025}}}', "/seeds", "at most 1,024"),
    ("/generate", '{"seeds": 1, "labels": 1, "model": "mlp"}', "/labels", "has no classes"),
    ("/generate", '{"seeds": 1, "digits": "1", "model": "mlp"}', "/digits", "has no classes"),
    (
        "/generate",
        '{"seeds": 1, "digits": ["1", "2x"]}',
        "/digits/1",
        "must be digits and the signs . , - / : + % ( ) and space; '2x'",
    ),
    ("/generate", '{"seeds": 1, "digits": "-"}', "/digits", "with at least one digit, as in '2026', not '-'"),
    ("/generate", '{"seeds": 1, "digits": "1", "layout": "natural"}', "/layout", "must be grid without ink"),
    (
        "/generate",
        '{"seeds": 1, "digits": "1", "layout": "line"}',
        "/layout",
        "must be 'grid' or 'natural', not 'line'",
    ),
    (
        "/generate",
        '{"seeds": 1, "digits": "1", "ink": true, "layout": "natural", "gap": 1}',
        "/gap",
        "must be 0 in natural",
    ),
    ("/generate", '{"seeds": 1, "labels": 1, "masks": true}', "/masks", "must be false without digits"),
    ("/interpolate", '{"seeds": [1, 2], "paper": 1}', "/paper", "available fields: seeds, hands, latents, labels"),
    ("/interpolate", "{}", "", "exactly one of seeds, hands and latents"),
    ("/interpolate", '{"seeds": [1, 2], "labels": [1, 2, 3]}', "/labels", "one, or one for each"),
    ("/interpolate", '{"latents": [[0, 0], [1, 1]]}', "/latents", "has 74 components, not 2"),
    ("/interpolate", '{"latents": [[0], [NaN]]}', "/latents/1/0", "must be a finite number, not"),
    ("/interpolate", '{"seeds": [1, 2], "labels": 10}', "/labels", "from 0 to 9"),
    ("/interpolate", '{"seeds": [1, -2]}', "/seeds/1", SEEDS),
    ("/interpolate", '{"seeds": []}', "/seeds", "a list of 2 to 256 items"),
    ("/interpolate", f'{{"seeds": {[1] * 257}}}', "/seeds", "a list of 2 to 256 items"),
    ("/interpolate", f'{{"seeds": {[1] * 200}}}', "/steps", "at most 1,024 are allowed"),
    ("/interpolate", '{"seeds": [1, 2], "labels": 1, "model": "mlp"}', "/labels", "has no classes"),
    ("/dataset", '{"count": 1, "paper": 1}', "/paper", "available fields: model, version, count"),
    ("/dataset", '{"count": 0}', "/count", "of at least 1"),
    ("/dataset", '{"count": 100001}', "/count", "at most 100,000"),
    ("/dataset", '{"count": 1, "seed": 9007199254740992}', "/seed", SEEDS),
    ("/dataset", '{"count": 2, "seed": 9007199254740991}', "/seed", "exceed the largest seed, 9,007,199,254,740,991"),
    ("/dataset", '{"count": 1, "truncation": Infinity}', "/truncation", "from 0 to 2"),
    ("/dataset", '{"count": 1, "model": "mlp"}', "/model", "has no classes"),
    (
        "/dataset/numbers",
        '{"pattern": "#", "count": 1, "paper": 1}',
        "/paper",
        "available fields: pattern, count, seed",
    ),
    ("/dataset/numbers", '{"count": 1}', "/pattern", "this field is required"),
    ("/dataset/numbers", '{"pattern": "#x", "count": 1}', "/pattern", "character 2: 'x' has no meaning here"),
    ("/dataset/numbers", '{"pattern": 5, "count": 1}', "/pattern", "the pattern of a number, such as dd/mm/yyyy"),
    ("/dataset/numbers", '{"pattern": "#", "count": 100001}', "/count", "at most 100,000 images"),
    ("/dataset/numbers", '{"pattern": "#{5}", "count": 20001}', "/count", "20,001 numbers of up to 5 images; at most"),
    ("/dataset/numbers", '{"pattern": "#", "count": 9000, "height": 1024}', "/count", "the limit is 2,147,483,648"),
    ("/dataset/numbers", '{"pattern": "#{64}", "count": 1, "height": 1024}', "/height", "may have 100,775,936 pixels"),
    ("/dataset/numbers", '{"pattern": "#{9}", "count": 1, "width": 9}', "/width", "for numbers of 9 characters"),
    ("/dataset/numbers", '{"pattern": "#", "count": 1, "model": "mlp"}', "/model", "has no classes"),
    ("/latents", '{"seeds": 1, "paper": 1}', "/paper", "available fields: seeds, model, version"),
    ("/latents", '{"seeds": -1}', "/seeds", SEEDS),
    ("/latents", '{"seeds": []}', "/seeds", "a list of at least 1 item"),
    ("/latents", f'{{"seeds": {[1] * 1025}}}', "/seeds", "at most 1,024"),
]


def post(service: httpx.Client, path: str, content: str | bytes) -> httpx.Response:
    return service.post(path, content=content, headers={"Content-Type": "application/json"})


def explained(service: httpx.Client, answer: httpx.Response, status: int, slug: str) -> list[tuple[str, str]]:
    """Return the errors of a problem of this kind, after checking that its page explains it."""
    body = problem(answer, status, slug)
    page = service.get(body["type"]).raise_for_status().text
    assert body["title"] in page and PROBLEMS[slug].cure in page
    return [(error["pointer"], error["message"]) for error in body.get("errors", [])]


@pytest.mark.parametrize(("path", "content", "pointer", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_errors_point_at_the_field_and_state_what_is_allowed(
    service: httpx.Client, path: str, content: str, pointer: str, said: str
) -> None:
    [error] = explained(service, post(service, path, content), 422, "invalid-request")
    assert error[0] == pointer
    assert said in error[1]


def valid_bodies(service: httpx.Client) -> dict[str, dict[str, Any]]:
    """Return the first example of each JSON body that the service describes, by path; other protocols left out."""
    description = service.get("/openapi.json").json()
    found = {}
    for path, operations in description["paths"].items():
        if "post" in operations and not path.startswith(("/v1/", "/v2/", "/models/")):
            content = operations["post"]["requestBody"]["content"]["application/json"]
            schema = description["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            found[path] = schema["examples"][0]
    assert {"/generate", "/interpolate", "/dataset", "/dataset/numbers", "/latents"} <= found.keys()
    return found


def test_unknown_models_and_versions_list_the_available_ones(service: httpx.Client) -> None:
    for path, body in valid_bodies(service).items():
        for change, pointer, available in (
            ({"model": "letters"}, "/model", "available models: digits"),
            ({"version": "9"}, "/version", "available versions: 1"),
        ):
            answer = post(service, path, json.dumps(body | change))
            [error] = explained(service, answer, 404, "unknown-model")
            assert error[0] == pointer, path
            assert available in error[1], path


def test_unreadable_bodies_are_refused_by_kind(service: httpx.Client) -> None:
    for path, body in valid_bodies(service).items():
        content = json.dumps(body)
        assert post(service, path, content).status_code == 200, path
        explained(service, post(service, path, "seeds=1"), 400, "not-json")
        explained(service, post(service, path, b"[" * 1_000), 400, "not-json")
        if path != "/encode":  # where bodies may have pictures, so be larger
            explained(service, post(service, path, " " * 70_000), 413, "body-too-large")
        explained(service, service.post(path, content=content), 415, "unsupported-media-type")
        [error] = explained(service, post(service, path, "[]"), 422, "invalid-request")
        assert error[0] == "", path


@pytest.mark.parametrize(
    ("path", "status", "slug", "pointer", "said"),
    [
        ("/digits/10/1.png", 422, "invalid-request", "/label", "from 0 to 9"),
        ("/digits/x/1.png", 422, "invalid-request", "/label", "must be an integer of at least 0, not 'x'"),
        ("/digits/-1/1.png", 422, "invalid-request", "/label", "must be an integer of at least 0, not -1"),
        ("/digits/3/9007199254740992.png", 422, "invalid-request", "/hand", "from 0 to 9,007,199,254,740,991"),
        (
            "/numbers/1x/1.png",
            422,
            "invalid-request",
            "/digits",
            "must be digits and the signs . , - / : + % ( ) and space; '1x' has 'x'",
        ),
        ("/images/1.png?paper=1", 422, "invalid-request", "/paper", "available parameters: model, version"),
        ("/images/1.png?scael=1", 422, "invalid-request", "/scael", "did you mean 'scale'?"),
        (
            "/images/1.png?truncation=nan",
            422,
            "invalid-request",
            "/truncation",
            "a finite number from 0 to 2, not NaN",
        ),
        ("/images/1.png?scale=33", 422, "invalid-request", "/scale", "must be an integer from 1 to 32, not 33"),
        ("/images/1.png?invert=maybe", 422, "invalid-request", "/invert", "must be true or false, not 'maybe'"),
        ("/images/1.png?model=letters", 404, "unknown-model", "/model", "available models: digits"),
        ("/images/1.png?version=9", 404, "unknown-model", "/version", "available versions: 1"),
        ("/digits/3/1.png?model=mlp", 422, "invalid-request", "/label", "has no classes"),
        ("/digits/3/foo.png", 422, "invalid-request", "/hand", "must be a seed, an integer from 0"),
        ("/digits/3/hAB.png", 422, "invalid-request", "/hand", "is no hand token"),
        ("/digits/3/hAA.png", 422, "invalid-request", "/hand", "a hand of model 'digits' has 64 components, not 1"),
        ("/images/hAA.png?model=mlp", 422, "invalid-request", "/hand", "has no classes, and so no hands"),
        ("/numbers/42/1.png?model=mlp", 422, "invalid-request", "/digits", "has no classes"),
    ],
)
def test_errors_point_at_the_part_of_an_address(
    service: httpx.Client, path: str, status: int, slug: str, pointer: str, said: str
) -> None:
    [error] = explained(service, service.get(path), status, slug)
    assert error[0] == pointer
    assert said in error[1]


@pytest.mark.parametrize(
    ("content", "status", "field", "said"),
    [
        ('{"prompt": "7", "paper": 1}', 400, "paper", "available fields: prompt, n, size"),
        ('{"prompt": "a cat"}', 400, "prompt", "one number of 1 to 64 digits"),
        ('{"prompt": "7", "n": 0}', 400, "n", "from 1 to 10"),
        ('{"prompt": "7", "n": 11}', 400, "n", "from 1 to 10"),
        ('{"prompt": "7", "seed": 9007199254740992}', 400, "seed", SEEDS),
        (
            '{"prompt": "7", "n": 2, "seed": 9007199254740991}',
            400,
            "seed",
            "exceed the largest seed, 9,007,199,254,740,991",
        ),
        ('{"prompt": "7", "size": "1x1"}', 400, "size", "at least 28 pixels high and 28 wide"),
        ('{"prompt": "7", "model": "mlp"}', 400, "prompt", "has no classes"),
        ('{"prompt": 7}', 400, "prompt", "must be text, not 7"),
        ("[]", 400, None, "must be a JSON object, not an empty list"),
        ("prompt=7", 400, None, "it stops being JSON at line 1 column 1"),
        (" " * 70_000, 413, None, "at most 65,536 bytes"),
    ],
)
def test_errors_tell_openais_clients_the_field_and_what_is_allowed(
    service: httpx.Client, content: str, status: int, field: str | None, said: str
) -> None:
    answer = post(service, "/v1/images/generations", content)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"]) == (status, "invalid_request_error", field)
    assert error["code"].replace("_", "-") in PROBLEMS
    assert said in error["message"]


def infer(**changes: object) -> str:
    return json.dumps({"inputs": [{"name": "seed", "datatype": "INT64", "shape": [1], "data": [1]} | changes]})


@pytest.mark.parametrize(
    ("model", "content", "status", "said"),
    [
        ("digits", infer(name="noise"), 400, "available inputs: latent, seed, truncation, label"),
        ("digits", infer(datatype="FP64"), 400, "FP32, INT64, UINT8"),
        ("digits", infer(shape=[2]), 400, "1 elements"),
        ("digits", infer(shape=[0], data=[]), 400, "1 to 1,024"),
        ("digits", infer(shape=[1025], data=[1] * 1025), 400, "1 to 1,024"),
        ("digits", infer(shape=[-1]), 400, "/inputs/0/shape/0: must be an integer from 0 to 2,147,483,647, not -1"),
        ("digits", infer(data=[-1]), 400, SEEDS),
        ("digits", infer(data=[2**53]), 400, SEEDS),
        ("digits", infer(name="latent", datatype="FP32", shape=[1, 2], data=[0, 0]), 400, "[-1, 74]"),
        (
            "digits",
            infer(name="latent", datatype="FP32", shape=[1, 74], data=[float("nan")] * 74),
            400,
            "must be a finite number",
        ),
        ("digits", '{"inputs": []}', 400, "a list of 1 to 4 items"),
        ("digits", "inputs", 400, "it stops being JSON at line 1 column 1"),
        ("digits", " " * 70_000, 413, "at most 65,536 bytes"),
        ("letters", infer(), 404, "available models: digits"),
        ("digits/versions/9", infer(), 404, "available versions: 1"),
        ("mlp", infer(name="label"), 400, "available inputs: latent, seed, truncation"),
    ],
)
def test_errors_tell_inference_clients_what_is_allowed(
    service: httpx.Client, model: str, content: str, status: int, said: str
) -> None:
    answer = post(service, f"/v2/models/{model}/infer", content)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert said in answer.json()["error"]


def test_long_unknown_names_are_not_repeated_in_full(service: httpx.Client) -> None:
    answer = post(service, "/generate", f'{{"seeds": 1, "{"k" * 50_000}": 1}}')
    [(pointer, _)] = explained(service, answer, 422, "invalid-request")
    assert pointer.startswith("/kkk")
    assert len(answer.content) < 2000
