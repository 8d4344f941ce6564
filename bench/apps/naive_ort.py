"""FastAPI around onnxruntime, as most people would write it.

python -m uvicorn bench.apps.naive_ort:app
"""

import base64

import onnxruntime
from fastapi import FastAPI

from bench.apps.floor import Answer, Body
from bench.apps.ways import MODEL, chosen, feeds

app = FastAPI()
way = chosen()
session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])


@app.post("/generate")
def generate(body: Body) -> Answer:
    """Return one PNG for each seed, in base64."""
    [pixels] = session.run(["image"], feeds(way.latents(body.seeds)))
    return Answer(images=[base64.b64encode(png).decode() for png in way.pngs(pixels)])
