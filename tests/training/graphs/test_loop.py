import numpy as np
import torch
from onnx import TensorProto, checker, helper
from torch import Tensor, nn

from training.graphs.graph import BATCH, write_graph
from training.graphs.loop import repeated
from training.graphs.sessions import one_thread


class Before(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x * 2, x + 1


class Step(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[0.5, 0.25], [-0.25, 0.5]]))

    def forward(self, state: Tensor, row: Tensor, constant: Tensor) -> Tensor:
        return state @ self.weight + row * constant


def test_repeated_step_gives_what_a_python_loop_gives() -> None:
    step, x = Step(), torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 0.0]])
    rows = np.array([[1, 2], [3, 4], [-5, 6]], np.float32)
    model = write_graph(Before(), (x,), ["x"], ["state", "constant"], ({0: BATCH},))
    body = write_graph(step, (x, x[0], x.clone()), ["state", "row", "constant"], ["next"], ({0: BATCH}, {}, {0: BATCH}))
    (last,) = repeated(model, body, ["state"], {"row": rows})
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(last, TensorProto.FLOAT, [BATCH, 2]))
    checker.check_model(model, full_check=True)
    state, constant = Before()(x)
    for row in rows:
        state = step(state, torch.from_numpy(row), constant)
    (found,) = one_thread(model.SerializeToString()).run(None, {"x": x.numpy()})
    np.testing.assert_allclose(found, state.detach().numpy(), rtol=1e-6)
