"""FastAPI around PyTorch, as most people would write it.

    python -m uvicorn bench.apps.naive_torch:app

The weights are those of the exported file, so that pictures differ by at most one grey level.
"""

import base64

import numpy as np
import onnx
import torch
from fastapi import FastAPI
from onnx import numpy_helper
from torch import nn

from bench.apps.floor import Answer, Body
from bench.apps.ways import MODEL, chosen


def perceptron() -> nn.Sequential:
    """Return the exported perceptron as a module."""
    graph = onnx.load(MODEL).graph
    tensors = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    layers: list[nn.Module] = []
    for node in graph.node:
        if node.op_type == "Gemm":
            weight, bias = (tensors[name] for name in node.input[1:])
            layer = nn.Linear(weight.shape[1], weight.shape[0])
            layer.load_state_dict({"weight": weight, "bias": bias})
            layers += [layer, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1], nn.Tanh())


app = FastAPI()
way = chosen()
generator = perceptron().eval()


@app.post("/generate")
def generate(body: Body) -> Answer:
    """Return one PNG for each seed, in base64."""
    with torch.inference_mode():
        images = generator(torch.from_numpy(way.latents(body.seeds)))
    pixels = ((images + 1) * 127.5).round().to(torch.uint8).numpy().reshape(-1, 28, 28)
    return Answer(images=[base64.b64encode(png).decode() for png in way.pngs(np.ascontiguousarray(pixels))])
