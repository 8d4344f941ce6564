"""Turns a generator into the ONNX graph of the model contract, with the same bytes every time."""

import logging
import warnings

import onnx
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ..networks.base import Generator

OPSET = 20  # the newest that the exporter writes directly; onnxruntime 1.24, the oldest supported, reads it
BATCH = "batch"


class ServedGenerator(nn.Module):
    """The contract's graph: latents, labels if there are classes, and truncation -> images, and the labels used.

    The first linear layer is split: its columns for the style stay a linear layer, those for the one-hot label become a
    table with one row per class. A class then costs a look-up, and a label that does not exist is an error.

    Args:
        generator: a folded generator whose first layer is linear and has a bias.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        first, *rest = generator.layers
        if not isinstance(first, nn.Linear):
            raise TypeError(f"a generator's first layer should fold to a linear one, not {first}")
        self.style_size = generator.style_size
        self.n_classes = generator.n_classes
        self.style = nn.Linear(self.style_size, first.out_features, bias=not self.n_classes)
        self.style.weight = nn.Parameter(first.weight[:, : self.style_size].contiguous())
        if self.n_classes:
            by_class = first.weight[:, self.style_size :].T + first.bias  # (n_classes, hidden)
            self.classes = nn.Embedding(self.n_classes, first.out_features)
            self.classes.weight = nn.Parameter(by_class.contiguous())
        else:
            self.style.bias = first.bias
        self.rest = nn.Sequential(*rest)

    @property
    def latent_size(self) -> int:
        """Components of the latent: the style, then a score for each class."""
        return self.style_size + self.n_classes

    def example(self) -> tuple[Tensor, ...]:
        """Return inputs with two rows, in the graph's order."""
        latent, truncation = torch.zeros(2, self.latent_size), torch.ones(2)
        return (latent, torch.zeros(2, dtype=torch.int64), truncation) if self.n_classes else (latent, truncation)

    def forward(self, latent: Tensor, *others: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Return uint8 images (N, H, W) or (N, H, W, 3), and of a conditional generator the labels used, int64 (N,).

        Args:
            latent: float32 (N, latent_size).
            others: for a conditional generator ``label``, int64 (N,), in which -1 leaves the latent's own class; then
                ``truncation``, float32 (N,).
        """
        *labels, truncation = others
        hidden = self.style(latent[:, : self.style_size] * truncation.unsqueeze(1))
        if not self.n_classes:
            return self._levels(hidden)
        own = latent[:, self.style_size :].argmax(1)
        label = torch.where(labels[0] < 0, own, labels[0])
        return self._levels(hidden + self.classes(label)), label

    def _levels(self, hidden: Tensor) -> Tensor:
        """Return grey levels: tanh's range -1..1 maps to 0..255, rounded half to even."""
        images: Tensor = self.rest(hidden)
        if images.dim() == 4:
            images = images.permute(0, 2, 3, 1)  # the channels last, as a picture has them
        return ((images + 1) * 127.5).round().to(torch.uint8)


def to_onnx(served: ServedGenerator) -> onnx.ModelProto:
    """Return the checked graph, without any trace of the machine that made it."""
    inputs = ["latent", "label", "truncation"] if served.n_classes else ["latent", "truncation"]
    outputs = ["image", "class"] if served.n_classes else ["image"]  # an ONNX output must not have an input's name
    dynamic = ({0: BATCH}, tuple({0: BATCH} for _ in inputs[1:]))
    return write_graph(served, served.example(), inputs, outputs, dynamic)


def write_graph(
    module: nn.Module, example: tuple[Tensor, ...], inputs: list[str], outputs: list[str], dynamic: tuple[object, ...]
) -> onnx.ModelProto:
    """Return a module's checked graph, without any trace of the machine that made it.

    Args:
        module: put into evaluation mode.
        example: its inputs, with two rows each.
        inputs: their names.
        outputs: names of the returned values.
        dynamic: which dimensions of the inputs vary, as in `torch.onnx.export`.
    """
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about deprecations in itself and its dependencies
        program = torch.onnx.export(
            module.eval(),
            example,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=dynamic,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned no program")
    model = program.model_proto
    strip(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def multiply_adds(served: ServedGenerator) -> int:
    """Return the number of multiply-adds for one image, in linear layers and convolutions."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        served(*(rows[:1] for rows in served.example()))
    return int(counter.get_total_flops()) // 2


def strip(model: onnx.ModelProto) -> None:
    """Remove stack traces, source paths and module names, which the exporter writes into every node and value."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        for field in ("metadata_props", "doc_string"):
            if field in part.DESCRIPTOR.fields_by_name:
                part.ClearField(field)
