"""Knows what no schema can say of a request, and makes those that Schemathesis means to be valid keep to it.

Does not know the service. Loaded by Schemathesis in its own process; requests that are wrong on purpose stay as they are.
"""

from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

SIZES = {"digits": 74, "mlp": 100}  # of latents
JSON_BYTES = "Inference-Header-Content-Length"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if case.path.endswith("/infer"):
        case.headers.pop(JSON_BYTES, None)  # it is the length of JSON before tensors, which follow by themselves
        if isinstance(case.body, dict):
            case.body["inputs"] = fitted_inputs(case.body["inputs"])
    elif isinstance(case.body, dict):
        fit(case.body)


def fit(body: dict[str, Any]) -> None:
    """Give latents the model's size, and as many labels as there are images."""
    size = SIZES.get(body.get("model") or "digits", 1)
    if isinstance(body.get("latents"), list):
        rows = body["latents"] if isinstance(body["latents"][0], list) else [body["latents"]]
        body["latents"] = [(row * size)[:size] for row in rows]
    if isinstance(body.get("labels"), list):
        body["labels"] = body["labels"][:1]


def fitted_inputs(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return inputs, each once and with the shape of its data, for as many images as there are seeds."""
    by_name = {each["name"]: each for each in inputs}
    seed = by_name.pop("seed", {"name": "seed", "datatype": "INT64"})
    seeds = seed.get("data") or [1]
    fitted = [{**seed, "data": seeds, "shape": [len(seeds)]}]
    for name in ("label", "truncation"):
        if each := by_name.get(name):
            fitted.append({**each, "data": (each.get("data") or [1])[:1], "shape": [1]})
    return [{key: value for key, value in each.items() if key != "parameters"} for each in fitted]
