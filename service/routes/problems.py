"""``/problems``: a list of all types of errors, and a page about each at the address that the error names."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import PlainTextResponse

from ..http.problems import PROBLEMS, Problem
from ..http.routing import OPEN, create_router
from ..http.services import Services


def router(_: Services) -> APIRouter:
    """Return the routes that explain errors."""
    routes = create_router(prefix="/problems", tags=["problems"])
    example = _page(next(iter(PROBLEMS.values())))

    @routes.get(
        "",
        response_class=PlainTextResponse,
        responses={200: {"content": {"text/plain": {"example": _list()}}}},
        openapi_extra=OPEN,
    )
    async def list_problems() -> PlainTextResponse:
        """List all types of errors and their pages."""
        return PlainTextResponse(_list())

    @routes.get(
        "/{slug}",
        response_class=PlainTextResponse,
        responses={200: {"content": {"text/plain": {"example": example}}}},
        openapi_extra=OPEN,
    )
    async def explain_problem(slug: Annotated[str, Path(json_schema_extra={"enum": [*PROBLEMS]})]) -> PlainTextResponse:
        """Explain one type of error and what to do about it."""
        problem = PROBLEMS.get(slug)
        if problem is None:
            raise HTTPException(404, f"no problem {slug!r}; available problems: {', '.join(PROBLEMS)}")
        return PlainTextResponse(_page(problem))

    return routes


def _page(problem: Problem) -> str:
    return f"{problem.title} (HTTP {problem.status})\n\n{problem.cure}\n"


def _list() -> str:
    return "".join(
        f"/problems/{slug}\n    {problem.title} (HTTP {problem.status})\n" for slug, problem in PROBLEMS.items()
    )
