"""Send all attacks in a loop to a running service or stack, and count what an ordinary client gets beside them.

    docker compose up --detach --wait
    python -m tests.hostile.stack --minutes 10 --url http://127.0.0.1:8080

Exit status 1 if the ordinary client got anything but 200. Behind the gateway, both clients have one address, so they
share its limits: start it with higher `GATEWAY_REQUESTS_PER_10S` and `GATEWAY_CONNECTIONS`.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.hostile.attacks import ATTACKS
from tests.hostile.clients import Reading, send

_ORDINARY = (
    ("POST", "/generate", '{"count":4}'),
    ("GET", "/digits/7/1.png", None),
    ("GET", "/models", None),
    ("POST", "/interpolate", '{"seeds":[1,2]}'),
)
_PATIENCE_S = 60
_PAUSE_S = 0.05  # between two ordinary requests


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int


def _ordinary(address: _Address, seen: Counter[str], took_s: list[float], is_over: threading.Event) -> None:
    """Send ordinary requests one after the other, and count the answers by status or failure."""
    n = 0
    while not is_over.wait(_PAUSE_S):
        method, path, body = _ORDINARY[n % len(_ORDINARY)]
        n += 1
        connection = HTTPConnection(address.host, address.port, timeout=_PATIENCE_S)
        started = time.monotonic()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            answer.read()
            seen[str(answer.status)] += 1
        except (OSError, HTTPException) as failure:
            seen[type(failure).__name__] += 1
        finally:
            connection.close()
        took_s.append(time.monotonic() - started)


def main() -> int:
    """Run the loop, print a line for each round and a summary, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.stack", description="Attack a running stack.")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="address of the gateway or of one replica")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the attacks last")
    parser.add_argument("--hold-s", type=float, default=3.0, help="how long unread answers and unsent bodies stay open")
    parser.add_argument("--row", type=int, action="append", help="only attacks of this row; may be repeated")
    given = parser.parse_args()
    url = urlsplit(given.url)
    address = _Address(str(url.hostname), url.port or 80)
    attacks = [attack for attack in ATTACKS if not given.row or attack.row in given.row]

    seen, took_s, is_over = Counter[str](), list[float](), threading.Event()
    ordinary = threading.Thread(target=_ordinary, args=(address, seen, took_s, is_over))
    ordinary.start()
    answered, n_sent, n_rounds = Counter[int](), 0, 0
    ends = time.monotonic() + 60 * given.minutes
    try:
        while time.monotonic() < ends:
            for attack in attacks:
                is_read = attack.request.reading is Reading.ALL
                hold = None if is_read else lambda: time.sleep(given.hold_s)
                answered.update(send(address, [attack.request] * attack.at_once, hold).statuses)
                n_sent += attack.at_once
                if time.monotonic() > ends:
                    break
            n_rounds += 1
            print(f"round {n_rounds}: {n_sent} hostile requests; ordinary client {dict(seen)}", flush=True)
    finally:
        is_over.set()
        ordinary.join()
    took_s.sort()
    print(f"hostile requests: {n_sent} in {n_rounds} rounds; statuses {dict(sorted(answered.items()))}, 0: broken off")
    print(f"ordinary client: {dict(seen)}; p50 {took_s[len(took_s) // 2]:.3f} s, longest {took_s[-1]:.2f} s")
    return 0 if set(seen) == {"200"} else 1


if __name__ == "__main__":
    sys.exit(main())
