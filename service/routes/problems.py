"""Knows ``/problems``: a list of all types of errors, and a page for each, at the address that the error names.

Does not know when errors occur.
"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from starlette.responses import PlainTextResponse

from service.problems import PROBLEMS, Problem


def _page(problem: Problem) -> str:
    return f"{problem.title} (HTTP {problem.status})\n\n{problem.cure}\n"


router = APIRouter(prefix="/problems", tags=["problems"])
_EXAMPLE = _page(next(iter(PROBLEMS.values())))


def _list() -> str:
    return "".join(
        f"/problems/{slug}\n    {problem.title} (HTTP {problem.status})\n" for slug, problem in PROBLEMS.items()
    )


@router.get("", response_class=PlainTextResponse, responses={200: {"content": {"text/plain": {"example": _list()}}}})
async def list_problems() -> PlainTextResponse:
    """List all types of errors and their pages."""
    return PlainTextResponse(_list())


@router.get(
    "/{slug}", response_class=PlainTextResponse, responses={200: {"content": {"text/plain": {"example": _EXAMPLE}}}}
)
async def explain(slug: Annotated[str, Path(json_schema_extra={"enum": [*PROBLEMS]})]) -> PlainTextResponse:
    """Explain one type of error and what to do about it."""
    problem = PROBLEMS.get(slug)
    if problem is None:
        raise HTTPException(404, f"there is no problem {slug!r}; there is {', '.join(PROBLEMS)}")
    return PlainTextResponse(_page(problem))
