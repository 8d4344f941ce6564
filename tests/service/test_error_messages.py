"""Every error says what is wrong and what is allowed: each field and parameter is broken in each way.

What a schema of the description names is broken: types, bounds, lengths, names of fields. The messages are compared
with the schema and with the value, and not with texts that are repeated here.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import httpx
import pytest

Schema = dict[str, Any]
# What pydantic, Starlette and the parser of JSON say by themselves.
STOCK = re.compile(
    r"\b(Input|Extra inputs|Field required|Value error|String should|valid (integer|number|string|boolean)"
    r"|Unprocessable|EOF|trailing comma|expected (value|ident)|key must be|None|True|False|NoneType|dict|ndarray)\b"
)
ALLOWS = re.compile(
    r"must be |at most |at least |from [\d.]+ to |did you mean |available \w+s: |give (exactly )?one|is required"
    r"|must contain |needs |accepted"
)
WRONG: dict[str, list[Any]] = {
    "integer": ["x", 1.5, True, [[]], {}],
    "number": ["x", True, [[]], {}],
    "boolean": ["x", 7, [[]], {}],
    "string": [7, True, [[]], {}],
    "array": [{}, True],
    "object": ["x", 7, []],
}
# Of these fields, one is given. With another one, an error would be about both.
EXCLUSIVE = ({"seeds", "latents", "count"}, {"labels", "digits"})
# The schema of the prompt is a pattern for numbers in a text; the message says what it contains.
FREE = {("/v1/images/generations", "/prompt")}


def resolved(schema: Schema, description: Schema) -> Schema:
    """Return a schema, or what it refers to; of alternatives, the one that is not null."""
    if "$ref" in schema:
        return resolved(description["components"]["schemas"][schema["$ref"].rpartition("/")[2]], description)
    if "anyOf" in schema:
        [kind] = [each for each in schema["anyOf"] if each != {"type": "null"}]
        return resolved(kind, description) | {"is_optional": True}
    return schema


def wrong_values(schema: Schema) -> Iterator[Any]:
    """Yield values that a schema excludes, one for each reason that it has."""
    yield from WRONG.get(schema.get("type", ""), ())
    if schema.get("type") and not schema.get("is_optional"):
        yield None
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "multipleOf" in schema:
        yield schema["minimum"] + 1
    if schema.get("minItems"):
        yield []
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "pattern" in schema or "enum" in schema:
        yield from ("", "?!")


def broken(value: Any, schema: Schema, description: Schema, place: tuple[str | int, ...] = ()) -> Iterator[Any]:
    """Yield the place and the value of each break, and the body that has it."""
    schema = resolved(schema, description)
    for wrong in wrong_values(schema):
        yield place, wrong, wrong
    if isinstance(value, dict) and "properties" in schema:
        for name, inner in schema["properties"].items():
            present = value.get(name, filler(resolved(inner, description)))
            for at, wrong, part in broken(present, inner, description, (*place, name)):
                rivals = {each for names in EXCLUSIVE if name in names for each in names - {name}}
                yield at, wrong, {key: each for key, each in value.items() if key not in rivals} | {name: part}
        if schema.get("additionalProperties") is False:
            for name in ("colour", next(iter(schema["properties"])) + "x"):
                yield (*place, name), ..., value | {name: 1}
        for name in schema.get("required", ()):
            yield (*place, name), ..., {key: each for key, each in value.items() if key != name}
    if isinstance(value, list) and value:
        for at, wrong, part in broken(value[0], schema.get("items", {}), description, (*place, 0)):
            yield at, wrong, [part, *value[1:]]


def filler(schema: Schema) -> Any:
    """Return a value inside which more can be broken."""
    if schema.get("type") == "array":
        return [filler(schema.get("items", {}))]
    return {} if "properties" in schema else None


def named(wrong: Any) -> str:
    """Return what a message must contain to name a wrong value, or its kind."""
    if wrong is None or isinstance(wrong, bool):
        return json.dumps(wrong)
    if isinstance(wrong, list):
        return "a list of" if wrong else "an empty list"
    if isinstance(wrong, dict):
        return "an object"
    return f"{wrong:,}" if isinstance(wrong, int) else repr(wrong)[:30]


def operations(description: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the path and operation of each POST with a body in JSON."""
    for path, methods in description["paths"].items():
        if "application/json" in methods.get("post", {}).get("requestBody", {}).get("content", ()):
            yield path, methods["post"]


@pytest.fixture(scope="module")
def description(service: httpx.Client) -> Schema:
    found: Schema = service.get("/openapi.json").json()
    return found


def examples(operation: Schema, description: Schema) -> tuple[Any, Schema]:
    content = operation["requestBody"]["content"]["application/json"]
    schema = resolved(content["schema"], description)
    return content.get("example") or schema["examples"][0], schema


def message_and_pointer(answer: httpx.Response) -> tuple[str, str | None]:
    """Return what a client is told, in the shape of each protocol, and the place if the protocol has one."""
    body = answer.json()
    if "errors" in body:
        assert len(body["errors"]) >= 1
        return body["errors"][0]["message"], body["errors"][0]["pointer"]
    if "detail" in body:
        return body["detail"], None
    error = body["error"]
    return (error, None) if isinstance(error, str) else (error["message"], f"/{error['param'] or ''}")


def test_each_field_of_each_body_is_refused_in_plain_words(service: httpx.Client, description: Schema) -> None:
    n_breaks, faults = 0, []
    for path, operation in operations(description):
        example, schema = examples(operation, description)
        address = path.replace("{model}", "digits").replace("{version}", "1")
        for place, wrong, body in broken(deepcopy(example), schema, description):
            pointer = "".join(f"/{part}" for part in place)
            if (path, pointer) in FREE:
                continue
            answer = service.post(address, content=json.dumps(body), headers={"Content-Type": "application/json"})
            n_breaks += 1
            fault = why_unclear(answer, pointer, wrong)
            if fault:
                faults.append(f"{path} {pointer} = {str(wrong)[:40]}: {fault}: {answer.text[:300]}")
    assert not faults, "\n".join(faults)
    assert n_breaks > 300


def why_unclear(answer: httpx.Response, pointer: str, wrong: Any) -> str | None:
    """Return what an error lacks; None if it lacks nothing."""
    if not 400 <= answer.status_code < 500:
        return f"status {answer.status_code}"
    message, at = message_and_pointer(answer)
    if STOCK.search(message):
        return f"a library's words: {STOCK.search(message)}"
    if not ALLOWS.search(message):
        return "not what is allowed"
    if wrong is not ... and named(wrong) not in message:
        return f"not {named(wrong)}"
    is_ours = answer.headers["content-type"] == "application/problem+json"  # others name the field in the message
    if is_ours and at != pointer and not pointer.startswith(("/slug", "/file")):
        return f"points at {at}"
    return None


def test_each_parameter_is_refused_in_plain_words(service: httpx.Client, description: Schema) -> None:
    usual = {
        "label": "7",
        "seed": "1",
        "digits": "42",
        "hand": "1",
        "model": "digits",
        "version": "1",
        "slug": "no-key",
        "spec": "count-9",
        "file": "labels.npy",
    }
    n_breaks, faults = 0, []
    for path, methods in description["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", ()):
            if "$ref" in parameter or parameter["in"] == "header":
                continue
            name, schema = parameter["name"], resolved(parameter["schema"], description)
            numbers = [str(each) for each in wrong_values(schema) if type(each) in (int, float)]
            wrong_texts = ["?!", "20a6", *([] if schema["type"] == "string" else numbers)]
            for wrong in dict.fromkeys(wrong_texts):
                values = usual | ({name: wrong} if parameter["in"] == "path" else {})
                address = path.format_map({each: quote(value, safe="") for each, value in values.items()})
                query = {name: wrong} if parameter["in"] == "query" else {}
                answer = service.get(address, params=query)
                n_breaks += 1
                fault = why_unclear(answer, f"/{name}", ...)
                if wrong not in answer.text.replace(",", ""):
                    fault = fault or f"not {wrong}"
                if fault:
                    faults.append(f"{address} {query}: {fault}: {answer.text[:300]}")
        if "{seed}" in path:
            for name, hint in (("scael", "did you mean 'scale'?"), ("paper", "available parameters: ")):
                answer = service.get(path.format_map(usual), params={name: 1})
                fault = why_unclear(answer, f"/{name}", ...)
                assert not fault and hint in answer.text, answer.text
    assert not faults, "\n".join(faults)
    assert n_breaks > 50


@pytest.mark.parametrize(
    ("method", "path", "headers", "words"),
    [
        ("POST", "/generate", {"X-Request-Timeout": "soon"}, ["must be", "'soon'", "such as 2 or 0.5"]),
        ("POST", "/generate", {"Accept": "text/html"}, ["Accept: text/html", "available formats: application/json"]),
        ("POST", "/generate", {"Content-Type": "text/plain"}, ["must be application/json", "'text/plain'"]),
        ("GET", "/nowhere", {}, ["GET /nowhere", "/docs"]),
        ("GET", "/generate", {}, ["GET /generate", "allowed methods: ", "POST"]),
    ],
)
def test_refusals_outside_of_a_body_name_the_value_and_the_choice(
    service: httpx.Client, method: str, path: str, headers: dict[str, str], words: list[str]
) -> None:
    fields = {"Content-Type": "application/json"} | headers
    detail = service.request(method, path, content='{"seeds": 1}', headers=fields).json()["detail"]
    assert [each for each in words if each not in detail] == []
