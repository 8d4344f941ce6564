"""What follows from the routes of an application: HEAD beside GET, allowed methods, and paths that need no key."""

import re
from collections.abc import Callable, Iterable, Set
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Scope

from .openapi import problem_responses

OPEN: dict[str, Any] = {"security": []}  # `openapi_extra` of a route that needs no key, as OpenAPI says it

_GROUP_NAME = re.compile(r"\?P<\w+>")


def take_documentation(app: FastAPI) -> list[BaseRoute]:
    """Remove the only routes of a new application, its documentation, and return them, open and with HEAD.

    The description itself is left out: `service.routes.description` serves it.
    """
    documentation = [each for each in with_heads(app.router).routes if getattr(each, "path", "") != app.openapi_url]
    app.router.routes.clear()
    for route in documentation:
        if isinstance(route, APIRoute):
            route.openapi_extra = OPEN
    return documentation


def add_documentation(app: FastAPI, documentation: list[BaseRoute]) -> None:
    """Add the documentation behind all other routes, since routes are tried in order and few requests are for it."""
    app.router.routes.extend(documentation)


def create_router(**options: Any) -> APIRouter:
    """Return a router whose routes the description names like their functions, and whose errors are problems.

    Args:
        options: those of FastAPI's `APIRouter`.
    """
    described: dict[str, Any] = {
        "responses": problem_responses(),
        "generate_unique_id_function": lambda route: route.name,
    }
    return APIRouter(**(described | options))


def add_routes(app: FastAPI, routes: APIRouter) -> None:
    """Add routes to an application, with a HEAD route beside each GET route.

    `FastAPI.include_router` would match each request twice: first the router, then its route.
    """
    app.router.routes.extend(with_heads(routes).routes)


def with_heads(routes: APIRouter) -> APIRouter:
    """Give each GET route a HEAD route, unless it has one, and return all routes.

    RFC 9110, section 9.1, requires HEAD; FastAPI does not add it. The server leaves the body out.
    """
    known = [(route, route.methods or set()) for route in routes.routes if isinstance(route, APIRoute)]
    have_one = {route.path for route, methods in known if "HEAD" in methods}
    for route, methods in known:
        if "GET" in methods and route.path not in have_one:
            options: dict[str, Any] = {"include_in_schema": False, "openapi_extra": route.openapi_extra}
            routes.routes.append(type(route)(route.path, route.endpoint, methods=["HEAD"], **options))
    return routes


def allowed_methods(app: FastAPI, scope: Scope) -> list[str]:
    """Return the methods of a request's path, whichever of its routes has them."""
    matching = (route for route in app.routes if route.matches(scope)[0] is not Match.NONE)
    return sorted({method for route in matching for method in getattr(route, "methods", None) or ()})


def open_paths(app: FastAPI) -> Callable[[str], object]:
    """Return a function from path to a true value if the path needs no key.

    Open are the routes that say so by `OPEN`, and those that FastAPI adds for the documentation.
    """
    return _matching(
        route
        for route in app.routes
        if isinstance(route, Route | Mount) and (not isinstance(route, APIRoute) or _is_marked_open(route))
    )


def paths_taking(app: FastAPI, media_type: str) -> Callable[[str], object]:
    """Return a function from path to a true value if a body there may have a media type, as its route describes it."""
    return _matching(
        each
        for each in app.routes
        if isinstance(each, APIRoute)
        and media_type in (each.openapi_extra or {}).get("requestBody", {}).get("content", {})
    )


def closed_paths(app: FastAPI) -> list[str]:
    """Return the templates of the paths that need a key where keys are required: those that do the service's work."""
    return [each.path for each in app.routes if isinstance(each, APIRoute) and not _is_marked_open(each)]


def paths_answering(app: FastAPI, media_types: Set[str]) -> list[str]:
    """Return the templates of the paths that may answer with one of several media types."""
    answers = [(each.path, each.responses.get(200, {})) for each in app.routes if isinstance(each, APIRoute)]
    return [path for path, answer in answers if media_types & answer.get("content", {}).keys()]


def _matching(routes: Iterable[Route | Mount]) -> Callable[[str], object]:
    """Return a function from path to a true value if one of some routes has it."""
    patterns = [_GROUP_NAME.sub("?:", route.path_regex.pattern) for route in routes]
    return re.compile("|".join(dict.fromkeys(patterns)) or "(?!)").match


def _is_marked_open(route: APIRoute) -> bool:
    return (route.openapi_extra or {}).get("security") == []
