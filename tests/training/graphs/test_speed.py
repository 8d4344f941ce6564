from pathlib import Path

import pytest

from training.graphs.sessions import GeneratorSession
from training.graphs.speed import BATCHES, measure


def test_speed_is_measured_for_each_batch_size(models_dir: Path) -> None:
    textbook = GeneratorSession((models_dir / "mlp" / "1" / "model.onnx").read_bytes())
    alone = measure(textbook, 100)
    assert tuple(alone.microseconds) == BATCHES
    assert all(0 < microseconds < 100_000 for microseconds in alone.microseconds.values())
    assert alone.microseconds[256] < alone.microseconds[1]  # the weights are read once per batch
    assert alone.fp32_microseconds is None
    assert "one thread" in alone.method


@pytest.mark.alone
def test_graph_is_as_fast_as_itself(models_dir: Path) -> None:
    textbook = GeneratorSession((models_dir / "mlp" / "1" / "model.onnx").read_bytes())
    both = measure(textbook, 100, beside=textbook)
    assert both.fp32_microseconds is not None
    assert 0.6 < both.microseconds[64] / both.fp32_microseconds[64] < 1.7
