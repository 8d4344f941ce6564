"""Hooks for Schemathesis that adapt its valid requests to rules that no schema can express.

Schemathesis loads this module in its own process. Requests that are invalid on purpose are not changed.
"""

from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext
from schemathesis.transport.serialization import Binary

SIZES = {"digits": 74, "mlp": 100}  # of latents
JSON_BYTES = "Inference-Header-Content-Length"


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Leave out the headers that most operations share: they have their own tests, and cost time in each operation."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [each for each in operation.get("parameters", ()) if "$ref" not in each]


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    body: Any = case.body
    if case.path.endswith("/infer"):
        size = SIZES.get(case.path_parameters["model"], 1)
        if isinstance(body, dict):
            case.headers.pop(JSON_BYTES, None)  # no tensors follow the JSON
            body["inputs"] = fitted_inputs(body["inputs"], takes_labels=size == SIZES["digits"])
        else:
            case.headers[JSON_BYTES] = "0"  # no JSON precedes the bytes of the latents
            content = body.data if isinstance(body, Binary) else str(body).encode()
            case.body = ((content or b"0") * 4 * size)[: 4 * size]
    elif isinstance(body, dict):
        fit(body)


def fit(body: dict[str, Any]) -> None:
    """Give latents the model's size, as many labels as there are images, and texts a number that has room."""
    for name in {"prompt", "inputs"} & {name for name, value in body.items() if isinstance(value, str)}:
        body[name] = "a handwritten 42"
    sides = body.get("parameters") or {}
    sides |= {name: max(56, sides[name]) for name in ("width", "height") if sides.get(name)}
    size = SIZES.get(body.get("model") or "digits", 1)
    if isinstance(body.get("latents"), list):
        rows = body["latents"] if isinstance(body["latents"][0], list) else [body["latents"]]
        body["latents"] = [(row * size)[:size] for row in rows]
    if isinstance(body.get("labels"), list):
        body["labels"] = body["labels"][:1]


def fitted_inputs(inputs: list[dict[str, Any]], *, takes_labels: bool) -> list[dict[str, Any]]:
    """Return inputs, each once and with the shape of its data, for as many images as there are seeds."""
    by_name = {each["name"]: each for each in inputs}
    seed = by_name.pop("seed", {"name": "seed", "datatype": "INT64"})
    seeds = seed.get("data") or [1]
    single = [by_name[name] for name in ("label", "truncation")[not takes_labels :] if name in by_name]
    return [
        {"name": each["name"], "datatype": each["datatype"], "shape": [len(values)], "data": values}
        for each, values in [(seed, seeds), *((each, (each.get("data") or [1])[:1]) for each in single)]
    ]
