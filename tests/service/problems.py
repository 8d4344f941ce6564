"""The shape that every error has."""

from typing import Any

import httpx


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["type"]) == (status, status, f"/problems/{slug}"), body
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"] and body["detail"]
    return body
