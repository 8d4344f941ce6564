"""Knows that HEAD is answered wherever GET is, as RFC 9110, section 9.1, has it; FastAPI does not do so by itself.

Does not know what is answered; the server leaves the body out.
"""

from fastapi import APIRouter
from fastapi.routing import APIRoute


def with_heads(routes: APIRouter) -> APIRouter:
    """Give each route that answers GET one that answers HEAD, unless there is one, and return them all."""
    known = [(route, route.methods or set()) for route in routes.routes if isinstance(route, APIRoute)]
    have_one = {route.path for route, methods in known if "HEAD" in methods}
    for route, methods in known:
        if "GET" in methods and route.path not in have_one:
            routes.routes.append(type(route)(route.path, route.endpoint, methods=["HEAD"], include_in_schema=False))
    return routes
