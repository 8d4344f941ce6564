"""Many concurrent clients get the answers that each would get alone."""

import base64
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

SEEDS = range(40)


def ask(service: httpx.Client, body: dict[str, Any]) -> list[bytes]:
    answer = service.post("/generate", json=body)
    assert answer.status_code == 200, answer.text
    return [base64.b64decode(image["png"]) for image in answer.json()["images"]]


def test_concurrent_requests_are_answered_as_if_alone(service: httpx.Client) -> None:
    alone = {
        (model, seed): ask(service, {"seeds": seed, "model": model})[0] for model in ("digits", "mlp") for seed in SEEDS
    }
    chance = random.Random(0)
    wanted = [
        (chance.choice(["digits", "mlp"]), chance.choices(SEEDS, k=chance.choice([1, 1, 1, 2, 5, 20, 100])))
        for _ in range(200)
    ]

    def check(request: tuple[str, list[int]]) -> bool:
        model, seeds = request
        return ask(service, {"seeds": seeds, "model": model}) == [alone[model, seed] for seed in seeds]

    with ThreadPoolExecutor(24) as clients:
        assert all(clients.map(check, wanted))


def test_bad_request_among_good_ones_fails_alone(service: httpx.Client) -> None:
    bodies = [{"seeds": 1, "labels": 10} if i % 3 == 0 else {"seeds": 1} for i in range(60)]
    with ThreadPoolExecutor(12) as clients:
        statuses = list(clients.map(lambda body: service.post("/generate", json=body).status_code, bodies))
    assert statuses == [422 if i % 3 == 0 else 200 for i in range(60)]
