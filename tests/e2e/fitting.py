"""Hooks for Schemathesis that adapt its valid requests to rules that no schema can express.

Schemathesis loads this module in its own process. Requests that are invalid on purpose are not changed.
"""

import base64
from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext
from schemathesis.transport.serialization import Binary

from digitgan.dataset.patterns import BadPattern, Pattern
from digitgan.picture.colour import parse_colour
from tests.handwriting import digits, file_of

SIZES = {"digits": 74, "mlp": 100}  # of latents
SEVEN = base64.b64encode(file_of(digits()[0][0])).decode()
JSON_BYTES = "Inference-Header-Content-Length"


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Adapt the description.

    Headers that most operations share go: they have their own tests, and cost time in each operation. A list of which
    one item may stand alone gets this alternative, which the description has in words, so that it is no wrong type.
    """
    for schema in raw_schema["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            if "one alone needs no list" in field.get("description", ""):
                whole = field.get("anyOf") or [{name: field.pop(name) for name in [*field] if name != "description"}]
                field["anyOf"] = [*whole, whole[0]["items"]]
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [each for each in operation.get("parameters", ()) if "$ref" not in each]


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    body: Any = case.body
    if isinstance(body, dict) and dict(case.headers or ()).get(JSON_BYTES, "x").strip("0") == "":
        del case.headers[JSON_BYTES]  # the JSON would be read as the bytes of latents
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if case.query:
        fit_looks(case.query)
    if case.path.endswith("/infer"):
        size = SIZES.get(case.path_parameters["model"], 1)
        if isinstance(body, dict):
            case.headers.pop(JSON_BYTES, None)  # no tensors follow the JSON
            parameters: dict[str, Any] = body.get("parameters") or {}
            parameters.pop("timeout", None)  # a few microseconds are too few, with status 503
            body["inputs"] = fitted_inputs(body["inputs"], takes_labels=size == SIZES["digits"])
        else:
            case.headers[JSON_BYTES] = "0"  # no JSON precedes the bytes of the latents
            content = body.data if isinstance(body, Binary) else str(body).encode()
            case.body = ((content or b"0") * 4 * size)[: 4 * size]
    elif case.path == "/encode":  # files in its other bodies stay as they are: any change counts as breaking the schema
        if case.media_type == "application/json":
            case.query = {}  # is for bodies that are pictures
            fit_pictures(body)
    elif isinstance(body, dict):
        if case.path in ("/generate", "/interpolate"):
            choose_source(body)
            fit_looks(body)
        if case.path == "/dataset/numbers":
            fit_numbers(body)
        fit(body)


def fit_pictures(body: dict[str, Any]) -> None:
    """Give a real digit in place of each picture, and one of the fields that exclude each other."""
    n = len(body.pop("images", None) or ())
    if n and body.get("image") is None:
        body.pop("image", None)
        body["images"] = [SEVEN] * n
    else:
        body["image"] = SEVEN
    fit_looks(body)


def choose_source(body: dict[str, Any]) -> None:
    """Leave one of the fields that exclude each other; without any, give two seeds."""
    names = [name for name in ("seeds", "latents", "count") if body.get(name) is not None]
    for name in names[1:]:
        del body[name]
    if not names:
        body["seeds"] = [1, 2]
    if body.get("labels") is not None:
        body.pop("digits", None)


def fit_numbers(body: dict[str, Any]) -> None:
    """Make a request for a data set of numbers valid: a known pattern, few numbers, and fields that go together."""
    try:
        Pattern.parse(body["pattern"])
    except BadPattern:
        body["pattern"] = "#{3-8}"
    body["count"] = min(body["count"], 100)
    body.setdefault("ink", True)
    fit_looks(body)
    for name in ("width", "hand", "vary", "gap" if body["ink"] else "layout"):
        body.pop(name, None)


def fit_looks(fields: dict[str, Any]) -> None:
    """Leave out what ink excludes, or what only ink has, and give colours that exist, as addresses have them."""
    fields.pop("scale" if fields.get("ink") in (True, "true") else "height", None)
    for name in ("color", "background"):
        if isinstance(fields.get(name), str):
            try:
                fields[name] = parse_colour(fields[name])
            except ValueError:
                fields[name] = "00c0ff"


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
    """Return inputs that the model has, each once and with the shape of its data, for as many images as seeds."""
    by_name: dict[str, dict[str, Any]] = {"seed": {}} | {each["name"]: each for each in inputs}
    seeds = numbers(by_name["seed"], 2**53 - 1)
    fitted = [{"name": "seed", "datatype": "INT64", "shape": [len(seeds)], "data": seeds}]
    if "label" in by_name and takes_labels:
        fitted.append({"name": "label", "datatype": "INT64", "shape": [1], "data": numbers(by_name["label"], 9)[:1]})
    if "truncation" in by_name:
        values = numbers(by_name["truncation"], 2)[:1]
        fitted.append({"name": "truncation", "datatype": "FP32", "shape": [1], "data": values})
    return fitted


def numbers(tensor: dict[str, Any], most: int) -> list[int]:
    """Return the integers from 0 to `most` in the data of a tensor, or 1 if there is none."""
    return [each for each in tensor.get("data") or () if type(each) is int and 0 <= each <= most] or [1]
