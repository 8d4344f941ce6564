"""Compare the answers of two checkouts to the same random requests, byte by byte.

    python -m bench.same_bytes ../before --requests 1000

Both serve their own code with the models of this checkout. Every operation, format, source and option is drawn at
random; an answer is its status, its media type and its body, and for a refusal its status and the field at fault, since
words may change. The command exits with status 1 at the first difference.
"""

import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from digitgan.formats.format import Use
from digitgan.formats.registry import offered

HERE = Path(__file__).parents[1]
_PATIENCE_S = 60.0
_TIME = re.compile(rb'"created":\d+')  # when an OpenAI answer was made


@contextmanager
def served(checkout: Path) -> Iterator[httpx.Client]:
    """Serve a checkout on a free port while the block runs; yield a client of it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "digitgan", "serve", "--port", str(port), "--models-dir", str(HERE / "exported")]
    server = subprocess.Popen(command, cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S) as client:
            deadline = time.monotonic() + _PATIENCE_S
            while True:
                try:
                    client.get("/health/ready").raise_for_status()
                    break
                except httpx.HTTPError:
                    if server.poll() is not None or time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)
            yield client
    finally:
        server.terminate()
        server.wait()


def requests(n: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield n random requests, the same for the same seed, as arguments of `httpx.Client.request`."""
    draw = random.Random(seed)
    kinds = (_generate, _generate, _interpolate, _dataset, _picture, _latents, _infer, _openai, _invalid)
    for _ in range(n):
        request = draw.choice(kinds)(draw)
        request.setdefault("headers", {})["accept-encoding"] = draw.choice(("identity", "gzip", "zstd"))
        yield request


def _post(draw: random.Random, path: str, body: dict[str, Any], use: Use) -> dict[str, Any]:
    return {"method": "POST", "url": path, "json": body, "headers": {"accept": draw.choice([*offered(use)])}}


def _look(draw: random.Random) -> dict[str, Any]:
    """Return options of a request, each given in half of all requests."""
    options = {
        "truncation": draw.choice((0.5, 0.9, 1.0, 1.3)),
        "scale": draw.choice((1, 2, 3, 5)),
        "invert": draw.random() < 0.5,
        "metadata": draw.random() < 0.5,
        "model": draw.choice(("digits", "digits-small", "mlp")),
    }
    return {name: value for name, value in options.items() if draw.random() < 0.5}


def _source(draw: random.Random, n: int) -> dict[str, Any]:
    if draw.random() < 0.3:
        size = draw.choice((64, 74))
        return {"latents": [[round(draw.gauss(0, 1), 4) for _ in range(size)] for _ in range(n)]}
    return {"seeds": [draw.randrange(2**53) for _ in range(n)] if n > 1 else draw.randrange(2**53)}


def _generate(draw: random.Random) -> dict[str, Any]:
    n = draw.choice((1, 1, 2, 7, 16, 40, 300))
    body = _source(draw, n) | _look(draw)
    if draw.random() < 0.3:
        body["digits"] = ["".join(draw.choices("0123456789", k=draw.randint(1, 6))) for _ in range(draw.choice((1, n)))]
        body["gap"] = draw.choice((0, 1, 3))
    elif draw.random() < 0.6:
        body["labels"] = draw.choice((draw.randrange(10), [draw.randrange(10) for _ in range(n)]))
    if draw.random() < 0.5:
        body |= {"columns": draw.randint(1, 9), "padding": draw.randint(0, 5)}
    return _post(draw, "/generate", body, Use.IMAGES) | {"method": draw.choice(("POST", "QUERY"))}


def _interpolate(draw: random.Random) -> dict[str, Any]:
    n = draw.randint(2, 5)
    body = _source(draw, n) | _look(draw) | {"steps": draw.randint(1, 9), "loop": draw.random() < 0.5}
    if "seeds" in body and not isinstance(body["seeds"], list):
        body["seeds"] = [body["seeds"]] * n
    if draw.random() < 0.5:
        body["labels"] = draw.choice((draw.randrange(10), [draw.randrange(10) for _ in range(n)]))
    return _post(draw, "/interpolate", body, Use.FRAMES)


def _dataset(draw: random.Random) -> dict[str, Any]:
    body = {"count": draw.choice((1, 10, 250, 700)), "seed": draw.randrange(10**6)}
    return _post(draw, "/dataset", body, Use.DATASET)


def _picture(draw: random.Random) -> dict[str, Any]:
    seed, look = draw.randrange(2**53), _look(draw)
    path = draw.choice(
        (f"/digits/{draw.randrange(11)}/{seed}", f"/numbers/{draw.randrange(10**6)}/{seed}", f"/images/{seed}")
    )
    return {"method": draw.choice(("GET", "HEAD")), "url": f"{path}.png", "params": look}


def _latents(draw: random.Random) -> dict[str, Any]:
    seeds = [draw.randrange(2**53) for _ in range(draw.choice((1, 3, 50)))]
    return {"method": "POST", "url": "/latents", "json": {"seeds": seeds}}


def _infer(draw: random.Random) -> dict[str, Any]:
    n = draw.choice((1, 3, 40))
    inputs = [{"name": "seed", "shape": [n], "datatype": "INT64", "data": [draw.randrange(2**53) for _ in range(n)]}]
    if draw.random() < 0.5:
        labels = [draw.randrange(10) for _ in range(n)]
        inputs.append({"name": "label", "shape": [n], "datatype": "INT64", "data": labels})
    outputs = draw.sample([{"name": "image"}, {"name": "label"}, {"name": "png"}], draw.randint(1, 3))
    body = {"inputs": inputs, "outputs": outputs, "parameters": {"binary_data_output": draw.random() < 0.5}}
    return {"method": "POST", "url": "/v2/models/digits/infer", "json": body}


def _openai(draw: random.Random) -> dict[str, Any]:
    body = {
        "prompt": f"a handwritten {draw.randrange(10**4)}",
        "n": draw.randint(1, 4),
        "seed": draw.randrange(2**40),
        "response_format": draw.choice(("url", "b64_json")),
        "size": draw.choice(("auto", "512x512", "1024x256")),
    }
    return {"method": "POST", "url": "/v1/images/generations", "json": body}


def _invalid(draw: random.Random) -> dict[str, Any]:
    body = draw.choice(
        (
            {"seeds": -1},
            {"seeds": [1, 2], "labels": [1, 2, 3]},
            {"seeds": 1, "latents": [[0.0]]},
            {"seeds": 1, "scale": 33},
            {"seeds": 1, "labels": 10},
            {"seeds": 1, "lables": 1},
            {"count": 2000, "scale": 32},
            {"seeds": 1, "model": "nothing"},
            {},
        )
    )
    return {"method": "POST", "url": draw.choice(("/generate", "/interpolate")), "json": body}


def answer(client: httpx.Client, request: dict[str, Any]) -> tuple[int, str, bytes]:
    """Return status, media type and body; of a refusal the fields at fault instead of its words."""
    if request["method"] == "HEAD" or "json" not in request:
        request = {**request, "params": request.get("params")}
    with client.stream(**request) as response:
        raw = b"".join(response.iter_raw())
    media_type = response.headers.get("content-type", "")
    coding = response.headers.get("content-encoding", "identity")
    if response.status_code >= 400 and coding == "identity" and raw:
        problem = json.loads(raw)
        raw = json.dumps([problem.get("type"), sorted(each["pointer"] for each in problem.get("errors", []))]).encode()
    root = str(client.base_url).encode().rstrip(b"/")
    return response.status_code, f"{media_type} {coding}", _TIME.sub(b"", raw.replace(root, b""))


def main() -> int:
    """Compare, print what was compared, and return the exit status."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("before", type=Path, help="another checkout, with its extensions built")
    options.add_argument("--requests", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    counted: Counter[str] = Counter()
    with served(given.before.resolve()) as before, served(HERE) as after:
        for number, request in enumerate(requests(given.requests, given.seed)):
            old, new = answer(before, request), answer(after, request)
            counted[f"{request['url'].split('/')[1].partition('.')[0]} {old[0]} {old[1]}"] += 1
            if old != new:
                print(f"request {number} differs: {json.dumps(request)[:2000]}")
                print(f"before: {old[0]} {old[1]}, {len(old[2])} bytes {old[2][:300]!r}")
                print(f"after:  {new[0]} {new[1]}, {len(new[2])} bytes {new[2][:300]!r}")
                return 1
    for kind, n in sorted(counted.items()):
        print(f"{n:5} {kind}")
    print(f"{given.requests} requests (seed {given.seed}): every answer is the same, byte by byte")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
