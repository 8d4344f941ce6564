"""Knows how training runs a graph: by onnxruntime on one thread of the processor, so that cores change no bit.

Does not know what graphs hold or what is made of their outputs.
"""

from pathlib import Path

from training.graphs.runtime import onnxruntime


def one_thread(graph: bytes | Path) -> onnxruntime.InferenceSession:
    """Return a session of an ONNX graph.

    Args:
        graph: the file's bytes, or where the file lies.

    Raises:
        Exception: of onnxruntime, whose errors share no base class below this one: it cannot load the graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    source = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
