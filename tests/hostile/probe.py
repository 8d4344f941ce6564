"""A client that asks for `/health/live` without a pause and measures how long the longest answer took.

It is a program of its own, so that nothing that a test does delays it: ``python probe.py HOST PORT``. Each line on
stdin ends a period; the period's results are printed as JSON: the number of answers, of failures, and the median and
longest time of an answer in ms.
"""

import json
import os
import select
import socket
import sys
from contextlib import suppress
from statistics import median
from time import monotonic, sleep

_REQUEST = b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n"
_PAUSE_S = 0.001
_PATIENCE_S = 60


def _answers(connection: socket.socket) -> bool:
    connection.sendall(_REQUEST)
    answer = b""
    while b"\r\n\r\n" not in answer:
        if not (piece := connection.recv(65536)):
            return False
        answer += piece
    return answer.startswith(b"HTTP/1.1 200 ")


def main(host: str, port: int) -> None:
    """Ask until stdin ends."""
    with suppress(PermissionError):
        os.nice(-10)  # an attacker on the same machine must not delay the clock
    connection: socket.socket | None = None
    took: list[float] = []
    n_failures = 0
    while True:
        started = monotonic()
        try:
            if connection is None:
                connection = socket.create_connection((host, port), timeout=_PATIENCE_S)
                started = monotonic()
            is_good = _answers(connection)
        except OSError:
            is_good = False
        took.append(1000 * (monotonic() - started))
        if not is_good:
            n_failures += 1
            if connection is not None:
                connection.close()
            connection = None
            sleep(0.02)
        if select.select([sys.stdin], [], [], _PAUSE_S)[0]:
            if not sys.stdin.readline():
                return
            result = {"answers": len(took) - n_failures, "failures": n_failures}
            sys.stdout.write(json.dumps(result | {"median_ms": median(took), "longest_ms": max(took)}) + "\n")
            sys.stdout.flush()
            took, n_failures = [], 0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
