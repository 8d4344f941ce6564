"""How long other clients wait while one posts a body of up to four megabytes that is expensive to parse.

`service.http.bodies` keeps that time short.

    python -m bench.bodies
"""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median
from time import perf_counter, sleep

from bench.servers import SERVERS, running
from digitgan.contract.card import read_card
from service.settings import Settings

_BYTES = 4 * 1024 * 1024
_LATENTS = 3_500  # nearly as many as a body may have
_ROUNDS = 3
_PAUSE_S = 0.002  # between two requests of a waiting client


def bodies(latent_size: int) -> dict[str, bytes]:
    """Return bodies for /generate, by a description of each; only the last two are valid requests."""
    chance = random.Random(0)
    real = [round(chance.gauss(0, 1), 5) for _ in range(latent_size)]
    return {
        "latents of one number": _filled('{"latents":[', "[1]", "]}"),
        "empty lists in no field": _filled('{"seeds":1,"x":[', "[]", "]}"),
        "lists in lists": _filled('{"seeds":1,"x":[', "[[[[]]]]", "]}"),
        "seeds": _filled('{"seeds":[', "1", "]}"),
        "one long latent": _filled('{"latents":[', "1", "]}"),
        "latents": _filled('{"latents":[', json.dumps(real, separators=(",", ":")), "]}", _LATENTS),
        "latents of short numbers": _filled('{"latents":[', "[" + ",".join("1" * latent_size) + "]", "]}", _LATENTS),
    }


def _filled(beginning: str, item: str, end: str, most: int = _BYTES) -> bytes:
    """Return a body that repeats an item, at most so many times and up to the largest size."""
    n = min(most, (_BYTES - len(beginning) - len(end)) // (len(item) + 1))
    return (beginning + ",".join([item] * n) + end).encode()


def post(port: int, body: bytes) -> tuple[int, float]:
    """Return the status of the answer to a body, and the seconds until it was complete."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    started = perf_counter()
    try:
        headers = {"Content-Type": "application/json", "Accept": "application/x-ndjson"}
        connection.request("POST", "/generate", body, headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status, perf_counter() - started


@contextmanager
def waiting(port: int) -> Iterator[list[float]]:
    """Yield a list that grows by the seconds of each small request, sent one after the other while the block runs."""
    took: list[float] = []
    is_over = threading.Event()

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        while not is_over.is_set():
            started = perf_counter()
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            took.append(perf_counter() - started)
            sleep(_PAUSE_S)
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield took
    finally:
        is_over.set()
        asking.join()


def main() -> None:
    """Print for each kind of body the status, its time and the longest wait of others: medians of three rounds."""
    card = read_card(Settings().models_dir / "digits" / "1")
    with running(SERVERS["service-1"]) as server:
        for kind, body in bodies(card.latent_size).items():
            statuses, seconds, waits = set(), [], []
            for _ in range(_ROUNDS):
                with waiting(server.port) as took:
                    status, took_s = post(server.port, body)
                statuses.add(status)
                seconds.append(took_s)
                waits.append(max(took))
            print(
                f"{kind:26} {statuses}  {median(seconds) * 1e3:5.0f} ms; "
                f"others waited {median(waits) * 1e3:4.0f} ms at most"
            )


if __name__ == "__main__":
    main()
