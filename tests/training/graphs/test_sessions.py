from pathlib import Path

import numpy as np
import pytest

from training.graphs.sessions import one_thread


def test_session_uses_one_thread_for_bytes_and_for_a_path(models_dir: Path) -> None:
    path = models_dir / "mlp" / "1" / "model.onnx"
    feeds = {"latent": np.ones((2, 100), np.float32), "truncation": np.ones(2, np.float32)}
    sessions = [one_thread(path), one_thread(path.read_bytes())]
    for session in sessions:
        options = session.get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
        assert session.get_providers() == ["CPUExecutionProvider"]
    images = [session.run(["image"], feeds)[0] for session in sessions]
    assert np.array_equal(*images)


def test_session_refuses_bytes_that_are_not_a_graph() -> None:
    with pytest.raises(Exception, match="protobuf"):
        one_thread(b"no graph")
