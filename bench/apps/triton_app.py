"""Triton around onnxruntime, by pytriton, with its dynamic batching.

python -m bench.apps.triton_app PORT
"""

import base64
import sys

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

from bench.apps.ways import MODEL, chosen, feeds


def main(port: int) -> None:
    """Serve ``POST /v2/models/mlp/infer`` until interrupted."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
    way = chosen()

    @batch  # type: ignore[untyped-decorator]
    def infer(seeds: NDArray[np.int64]) -> dict[str, NDArray[np.object_]]:
        """Return PNGs in base64 for one or more requests of equal length: (requests, N)."""
        [pixels] = session.run(["image"], feeds(way.latents(seeds.reshape(-1).tolist())))
        texts = np.array([base64.b64encode(png) for png in way.pngs(pixels)], np.object_)
        return {"images": texts.reshape(seeds.shape)}

    config = TritonConfig(
        http_port=port,
        grpc_port=port + 1,
        metrics_port=port + 2,
        http_address="127.0.0.1",
        grpc_address="127.0.0.1",
        metrics_address="127.0.0.1",
        log_verbose=0,
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="mlp",
            infer_func=infer,
            inputs=[Tensor(name="seeds", dtype=np.int64, shape=(-1,))],
            outputs=[Tensor(name="images", dtype=np.bytes_, shape=(-1,))],
            config=ModelConfig(max_batch_size=64, batcher=DynamicBatcher(max_queue_delay_microseconds=2000)),
        )
        triton.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
