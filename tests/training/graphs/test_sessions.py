from pathlib import Path

import numpy as np
import pytest

from training.graphs.sessions import one_thread


def test_a_session_keeps_to_one_thread_whichever_way_it_is_opened(models_dir: Path) -> None:
    path = models_dir / "mlp" / "1" / "model.onnx"
    feeds = {"latent": np.ones((2, 100), np.float32), "truncation": np.ones(2, np.float32)}
    sessions = [one_thread(path), one_thread(path.read_bytes())]
    for session in sessions:
        options = session.get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
        assert session.get_providers() == ["CPUExecutionProvider"]
    images = [session.run(["image"], feeds)[0] for session in sessions]
    assert np.array_equal(*images)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(Exception, match="protobuf"):
        one_thread(b"no graph")
