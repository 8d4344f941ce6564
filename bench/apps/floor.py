"""Knows the least that FastAPI does for a request with a body and an answer. Does not know digits.

python -m uvicorn bench.apps.floor:app
"""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Body(BaseModel):
    """Seeds, as in all of the servers."""

    model: str = "mlp"
    seeds: list[int]


class Answer(BaseModel):
    """Texts where the others have pictures."""

    images: list[str]


@app.post("/generate")
async def generate(body: Body) -> Answer:
    """Return nothing of worth."""
    return Answer(images=["" for _ in body.seeds])
