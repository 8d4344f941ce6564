"""The least that FastAPI does for a request with a body and an answer.

python -m uvicorn bench.apps.floor:app
"""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Body(BaseModel):
    """The seeds of a request, as of all servers."""

    model: str = "mlp"
    seeds: list[int]


class Answer(BaseModel):
    """Texts in place of the pictures of other servers."""

    images: list[str]


@app.post("/generate")
async def generate(body: Body) -> Answer:
    """Return an empty text for each seed."""
    return Answer(images=["" for _ in body.seeds])
