"""LitServe around onnxruntime, with its dynamic batching.

python -m bench.apps.litserve_app PORT
"""

import base64
import sys
from typing import Any

import litserve
import numpy as np
import onnxruntime

from bench.apps.ways import MODEL, chosen, feeds


class Digits(litserve.LitAPI):  # type: ignore[misc]
    """Answer seeds with PNGs in base64; requests that arrive within two milliseconds share a run."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe's own
        """Load the model, with the number of threads that was fastest."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        self.way = chosen()

    def decode_request(self, request: dict[str, Any]) -> list[int]:
        """Return the seeds."""
        return list(request["seeds"])

    def predict(self, batch: list[list[int]]) -> list[list[str]]:
        """Return the pictures of a batch of requests."""
        seeds = [seed for request in batch for seed in request]
        [pixels] = self.session.run(["image"], feeds(self.way.latents(seeds)))
        texts = [base64.b64encode(png).decode() for png in self.way.pngs(pixels)]
        ends = np.cumsum([len(request) for request in batch])
        return [texts[end - len(request) : end] for request, end in zip(batch, ends, strict=True)]

    def unbatch(self, output: list[list[str]]) -> list[list[str]]:
        """Return one answer for each request."""
        return output

    def batch(self, inputs: list[list[int]]) -> list[list[int]]:
        """Return the requests unchanged, since they differ in length."""
        return inputs

    def encode_response(self, output: list[str]) -> dict[str, list[str]]:
        """Return the answer's body."""
        return {"images": output}


if __name__ == "__main__":
    api = Digits(max_batch_size=32, batch_timeout=0.002, api_path="/generate")
    litserve.LitServer(api, accelerator="cpu").run(
        port=int(sys.argv[1]), host="127.0.0.1", log_level="warning", generate_client_file=False
    )
