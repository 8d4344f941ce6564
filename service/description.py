"""Knows what holds for many operations alike, and completes the service's own description by it: key, deadline, tag.

Does not know what operations do; what each says of itself comes from its route.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.middleware.access import is_open
from service.middleware.deadline import SECONDS

_Described = dict[str, Any]

_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key of this service"},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "the same, where a gateway uses `Authorization` itself",
    },
}
_CONDITION = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`ETag` of an answer that the client has: if it is still so, nothing is made, and the status is "
    "304, or 412 if the request was posted",
    "schema": {"type": "string"},
}


def complete(app: FastAPI, *, request_timeout_s: float, has_keys: bool) -> None:
    """Make an application describe, of each operation, what its middleware and its tags stand for.

    Args:
        app: all routes are included.
        request_timeout_s: most seconds until an answer begins.
        has_keys: requests need a key.
    """
    most = f"{request_timeout_s:g}"
    timeout = {
        "name": "X-Request-Timeout",
        "in": "header",
        "description": f"most seconds until the answer begins, more than 0; above {most} it is {most}",
        "schema": {"type": "string", "pattern": SECONDS.pattern.decode(), "examples": ["2.5"]},
    }
    described = app.openapi

    def openapi() -> _Described:
        if app.openapi_schema is not None:
            return app.openapi_schema
        schema = described()
        schema["components"]["parameters"] = {each["name"]: each for each in (timeout, _CONDITION)}
        if has_keys:
            schema["components"]["securitySchemes"] = _KEYS
        for path, operation in _operations(schema):
            parameters = operation.setdefault("parameters", [])
            if not is_open(path):
                parameters.append(_reference(timeout))
                if has_keys:
                    operation["security"] = [{name: []} for name in _KEYS]  # one of them
            if "ETag" in operation["responses"].get("200", {}).get("headers", {}):
                parameters.append(_reference(_CONDITION))
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way: "Extending OpenAPI" in its documentation


def _operations(schema: _Described) -> Iterator[tuple[str, _Described]]:
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            yield path, operation


def _reference(parameter: _Described) -> _Described:
    return {"$ref": f"#/components/parameters/{parameter['name']}"}
