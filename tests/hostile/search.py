"""A search for the request of each route and format that costs a replica most."""

import base64
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np

from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from tests import handwriting
from tests.hostile.attacking import attacked
from tests.hostile.attacks import BODY_BYTES, HEADER_BYTES, Attack
from tests.hostile.clients import Request
from tests.hostile.replica import Cost, Replica

Choice = Mapping[str, Any]
NOT_500 = frozenset(range(200, 500)) | {503}
OBJECTIVES: Mapping[str, Callable[[Cost], float]] = {
    "memory": lambda cost: cost.above_mib,
    "processor": lambda cost: cost.cpu_s,
    "stall": lambda cost: cost.stall_ms,
}
_NOISE_MS = 5
_HEADERS = ("Accept", "Accept-Encoding", "If-None-Match", "Range", "X-Forwarded-For", "Traceparent", "Authorization")
_PIECES = (",", "a,", "a;q=0.5,", '"",', ";", " ")
_ITEMS = ("{}", '""', "[]", "null", "true", "1", "0.5", '{"a":0}', "[[]]", '"\\u0031"', "1e99", "[1]", '{"":[{}]}')


@dataclass(frozen=True, slots=True)
class Target:
    """The requests of a route in one format that the search may make.

    Attributes:
        route: the method and path, as in the OpenAPI description.
        kind: the media type of the answer, or what is varied.
        space: the values of each thing that varies.
        make: makes a request of a value for each.
    """

    route: str
    kind: str
    space: Mapping[str, Sequence[Any]]
    make: Callable[[Choice], Request]


@dataclass(slots=True)
class Worst:
    """The request with the highest cost that a search has found, and that cost."""

    target: Target
    choice: Choice
    cost: Cost = field(default_factory=Cost)

    @property
    def request(self) -> Request:
        """The request."""
        return self.target.make(self.choice)

    def __str__(self) -> str:
        given = ", ".join(f"{name} {value}" for name, value in self.choice.items() if value is not None)
        return f"{self.target.kind}; {given}" if given else self.target.kind


def targets(description: Mapping[str, Any], most_images: int) -> list[Target]:
    """Return the targets of every route of an OpenAPI description.

    Args:
        description: what ``/openapi.json`` answers.
        most_images: the number of images that the longest stream has.
    """
    found: list[Target] = []
    for path, operations in description["paths"].items():
        address = _address(path)
        if "post" in operations:
            found += [_of_body(path, address, kind, space) for kind, space in _bodies(path, most_images)]
            found.append(_of_json(path, address))
        if "get" in operations:
            found.append(_of_query(path, address))
    return found


def _address(path: str) -> str:
    values = {"{label}": "7", "{seed}": "1", "{digits}": "2026", "{version}": "1", "{slug}": "not-json"}
    for name, value in ({"{model}": "digits"} | values).items():
        path = path.replace(name, value)
    return path


def _bodies(path: str, most_images: int) -> list[tuple[str, dict[str, Sequence[Any]]]]:
    """Return the formats of a route that takes a body, and the values of its fields."""
    sizes = [n for n in (1, 16, 64, 256, 1024, 2600, 20_000, 100_000) if n <= most_images]
    drawn: dict[str, Sequence[Any]] = {"scale": (1, 2, 4, 8, 16, 32), "invert": (None, True), "metadata": (None, True)}
    sheet: dict[str, Sequence[Any]] = {"columns": (None, 1, 32, 1024), "padding": (None, 0, 64)}
    if path == "/generate":
        digits = (None, "7" * 8, "7" * 64)
        written: dict[str, Sequence[Any]] = {"count": sizes, "digits": digits[1:], "animate": (True,)}
        formats = offered(Use.IMAGES).items()
        stills = [name for name, each in formats if each.suits(animate=False)]
        animations = [name for name, each in formats if each.suits(animate=True)]
        return [(each, drawn | sheet | {"count": sizes, "digits": digits}) for each in stills] + [
            (each, drawn | sheet | written) for each in animations
        ]
    if path == "/encode":
        digit, _ = handwriting.digits()
        large = np.kron(digit[0], np.ones((70, 70), np.uint8))
        files = [base64.b64encode(handwriting.file_of(each)).decode() for each in (digit[0], large)]
        pictures = [[file] * n for n in (1, 16) for file in files]
        return [(each, drawn | sheet | {"images": pictures}) for each in offered(Use.IMAGES)]
    if path == "/interpolate":
        keys = [list(range(n)) for n in (2, 16, 256)]
        frames = drawn | sheet | {"seeds": keys, "steps": (1, 4, 15, 60, 240), "loop": (None, True)}
        return [(each, frames) for each in offered(Use.FRAMES)]
    if path == "/dataset":
        return [(each, {"count": sizes, "seed": (0, 2**53 - 200_000)}) for each in offered(Use.DATASET)]
    if path == "/dataset/numbers":
        written = {"pattern": ("#", "#{3-8}", "#{64}"), "height": (None, 28, 1024), "width": (None, 2**14)}
        looks = drawn | written | {"ink": (None, False), "count": sizes}
        return [(each, looks) for each in offered(Use.NUMBERS)]
    if path == "/latents":
        return [("application/json", {"seeds": [list(range(n)) for n in (1, 16, 256, 1024)]})]
    if path == "/v2/repository/index":
        return [("application/json", {"ready": (True, False)})]
    if path.endswith("/infer"):
        inputs = [
            [{"name": "seed", "datatype": "INT64", "shape": [n], "data": list(range(n))}] for n in (1, 16, 256, 1024)
        ]
        outputs = (None, [{"name": "png"}], [{"name": "image"}, {"name": "png"}])
        return [("application/json", {"inputs": inputs, "outputs": outputs})]
    prompts = ("7", "7" * 64, "x" * 31_000 + "7", "a hundred " * 3_100)
    if path.startswith("/models"):
        sides = [{"seed": 1} | ({"width": n, "height": n} if n else {}) for n in (0, 1024, 99_999)]
        return [("application/json", {"inputs": [each[:4_000] for each in prompts], "parameters": sides})]
    drawn = {"size": ("auto", "1024x1024", "99999x99999"), "output_format": (None, "webp")}
    forms = {"response_format": ("url", "b64_json"), "stream": (None, True), "partial_images": (None, 3)}
    return [("application/json", {"prompt": prompts, "n": (1, 10)} | drawn | forms)]


def _of_body(path: str, address: str, kind: str, space: Mapping[str, Sequence[Any]]) -> Target:
    def make(choice: Choice) -> Request:
        body = {name: value for name, value in choice.items() if value is not None}
        return Request("POST", address, json.dumps(body, separators=(",", ":")), kind)

    return Target(f"POST {path}", kind, space, make)


def _of_json(path: str, address: str) -> Target:
    """Return bodies of any JSON: n lists of an item in a field, as many as fit."""
    fields = {
        "/dataset": ("count", "seed", "unknown"),
        "/latents": ("seeds", "model"),
        "/v2/repository/index": ("ready", "unknown"),
        "/v1/images/generations": ("prompt", "quality", "user", "n"),
        "/models/{model}": ("inputs", "parameters", "options"),
        "/models/{model}/{version}": ("inputs", "parameters", "options"),
    }.get(path, ("inputs", "parameters", "id") if path.endswith("/infer") else ("seeds", "latents", "labels", "digits"))

    def make(choice: Choice) -> Request:
        return Request("POST", address, lambda: _json(choice), "application/json")

    space = {"field": fields, "item": _ITEMS, "lists": (1, 16, 256, 1024, 20_000), "depth": (0, 1, 8, 40, 180)}
    return Target(f"POST {path}", "any JSON", space | {"share": (1, 0.5, 0.1)}, make)


def _json(choice: Choice) -> str:
    opened, closed = '{"a":' * choice["depth"], "}" * choice["depth"]
    each = opened + choice["item"] + closed
    n_items = max(1, int(choice["share"] * (BODY_BYTES - 1000)) // (len(each) + 1) - 2 * choice["lists"])
    inner = "[" + ",".join([each] * max(1, n_items // choice["lists"])) + "]"
    text = f'{{"{choice["field"]}":[' + ",".join([inner] * choice["lists"]) + "]}"
    return text if len(text) <= BODY_BYTES else "{}"


def _of_query(path: str, address: str) -> Target:
    is_picture = path.endswith(".png")
    space: dict[str, Sequence[Any]] = {"header": (None, *_HEADERS), "piece": _PIECES}
    if is_picture:
        space |= {"scale": (1, 8, 32), "metadata": ("false", "true"), "digits": ("7", "7" * 64)}

    def make(choice: Choice) -> Request:
        name, piece = choice["header"], choice["piece"]
        headers = {name: piece * (HEADER_BYTES // len(piece))} if name else {}
        query = f"?scale={choice['scale']}&metadata={choice['metadata']}" if is_picture else ""
        target = address.replace("2026", choice["digits"]) if is_picture else address
        return Request("GET", target + query, headers=headers)

    return Target(f"GET {path}", "any header", space, make)


def search(fresh: Callable[[], Replica], target: Target, seed: int, seconds: float) -> dict[str, Worst]:
    """Climb from random requests of a target to more expensive ones, and return the worst for each objective.

    Args:
        fresh: returns a replica that is as it was at the start.
        target: the requests.
        seed: of the random choices.
        seconds: how long to search; at least one request is sent.
    """
    chance = random.Random(seed)
    worst: dict[str, Worst] = {}
    tried: set[str] = set()
    ends = monotonic() + seconds
    while not worst or monotonic() < ends:
        choice = {name: chance.choice(values) for name, values in target.space.items()}
        if worst and chance.random() < 0.7:
            best = chance.choice(list(worst.values())).choice
            name = chance.choice(list(target.space))
            choice = {**best, name: choice[name]}
        if (key := repr(choice)) in tried:
            if len(tried) >= _n_choices(target):
                break
            continue
        tried.add(key)
        attack = Attack(0, target.kind, target.make(choice))
        cost = attacked(fresh(), attack).cost
        longest_ms = worst["stall"].cost.stall_ms if worst else 0.0
        if cost.is_alive and cost.stall_ms > longest_ms + _NOISE_MS:
            # Another program on this machine may have delayed the first; the request delays each.
            cost.stall_ms = min(cost.stall_ms, attacked(fresh(), attack).cost.stall_ms)
        for objective, value in OBJECTIVES.items():
            if objective not in worst or value(cost) > value(worst[objective].cost):
                worst[objective] = Worst(target, choice, cost)
    return worst


def _n_choices(target: Target) -> int:
    n = 1
    for values in target.space.values():
        n *= len(values)
    return n


def at_once(worst: Worst, n: int = 20) -> Attack:
    """Return the attack that sends the worst request n times at once."""
    return Attack(0, f"{n} x {worst.target.route} {worst}"[:160], worst.request, n, NOT_500)
