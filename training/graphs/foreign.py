"""Reads the graph of a generator that other software exported: its inputs, its classes and its output of images.

Everything is read from the graph alone. What the graph does not say, a person must, and the message names the option.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import inliner, numpy_helper

from digitgan.contract import files

from ..errors import AdoptionRefused
from .graph import OPSET, strip
from .inputs import ForeignInputs, find_inputs
from .sessions import one_thread, without_prefix

CONTRACT_INPUTS = {"latent", "label", "truncation"}
_OLDEST_OPSET = 11  # the first with all operators of the wrapper
_RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}
_MAX_BYTES = 2**31 - 1  # of a protobuf message
_SAME = ("Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity")  # operators that leave a label what it is


@dataclass(frozen=True, slots=True)
class ForeignGraph:
    """A generator's graph, in one piece.

    Args:
        model: with all weights inside and no function of its own.
        inputs: of noise, and of labels if there is one.
        n_classes: 0 for a generator without classes.
        output: name of the output that holds the images.
        exported_rows: of the batches that the file takes; None if it takes any number.
        keeps_contract: whether the graph has the inputs of the model contract and needs no wrapper.
    """

    model: onnx.ModelProto
    inputs: ForeignInputs
    n_classes: int
    output: str
    exported_rows: int | None
    keeps_contract: bool = False

    @property
    def style_size(self) -> int:
        """Components of the noise, without those of a one-hot label at its end."""
        return self.inputs.noise_size - (0 if self.inputs.label else self.n_classes)

    @property
    def latent_size(self) -> int:
        """Components of the noise, then a score for each class."""
        return self.style_size + self.n_classes

    @property
    def takes_one_hot(self) -> bool:
        """Whether the label has one component for each class, in an input of its own or at the end of the noise."""
        return self.n_classes > 0 and (self.inputs.label is None or self.inputs.n_classes is not None)

    def of_any_batch(self, model: onnx.ModelProto) -> "ForeignGraph":
        """Return the same with a graph that takes any number of rows."""
        return replace(self, model=model, inputs=replace(self.inputs, rows=None))


def read_foreign(
    path: Path, *, label_input: str | None = None, output: str | None = None, n_classes: int | None = None
) -> ForeignGraph:
    """Return the generator in an ONNX file and the files of weights beside it.

    Args:
        path: the file.
        label_input: name of the input of labels; None to find it by its type or its name.
        output: name of the output of images; None for the only one.
        n_classes: None to find it in the graph; with a single input, the last so many components of it are a one-hot
            label.

    Raises:
        AdoptionRefused: the file cannot be read, draws its own noise, or does not show its classes or which output is
            the image.
        NotScorable: its inputs are not those of a generator.
    """
    model = _load(path)
    try:
        session = one_thread(model.SerializeToString())
    except Exception as error:  # onnxruntime's errors share no narrower base class
        raise AdoptionRefused(f"onnxruntime cannot load it: {without_prefix(error)}") from error
    values = {value.name: value for value in session.get_inputs()}
    if {"latent", "truncation"} <= values.keys() <= CONTRACT_INPUTS:
        inputs = find_inputs([values["latent"]])
        found = _table_rows(model, "label") if "label" in values else 0
        return ForeignGraph(model, inputs, _chosen(found, n_classes, "label"), "image", None, keeps_contract=True)
    inputs = find_inputs(list(values.values()), label_input=label_input)
    n_classes = _n_classes(model, inputs, n_classes)
    return ForeignGraph(model, inputs, n_classes, _output(model, output), inputs.rows)


def _load(path: Path) -> onnx.ModelProto:
    """Return a model in one piece, in an opset that the wrapper can be written in."""
    n_bytes = files.size(path)
    if n_bytes is None:
        raise AdoptionRefused("not a regular file")
    if n_bytes > _MAX_BYTES:  # refused unread
        raise AdoptionRefused(f"{n_bytes:,} bytes; an ONNX file has at most 2 GiB")
    try:
        model = onnx.load(path)
    except (DecodeError, EOFError):
        raise AdoptionRefused("not an ONNX file, or cut off") from None
    except (onnx.checker.ValidationError, ValueError) as error:  # it validates weights in other files, and only those
        raise AdoptionRefused("its weights are in a second file beside it, which is missing or cut off") from error
    if not model.graph.node:
        raise AdoptionRefused("not an ONNX model: it holds no graph")
    if model.ByteSize() > _MAX_BYTES:
        raise AdoptionRefused(f"{model.ByteSize():,} bytes with its weights; an ONNX file has at most 2 GiB")
    if model.functions:
        model = inliner.inline_local_functions(model)
    if (opset := _opset(model)) < _OLDEST_OPSET:
        try:
            model = onnx.version_converter.convert_version(model, OPSET)
        except RuntimeError as error:
            raise AdoptionRefused(
                f"opset {opset} is too old, and an operator in it cannot be converted; export it with opset "
                f"{_OLDEST_OPSET} or newer"
            ) from error
    strip(model)
    del model.metadata_props[:]
    nodes = [each for node in model.graph.node for each in (node, *nodes_inside(node))]
    random = sorted({node.op_type for node in nodes} & _RANDOM)
    if random:
        raise AdoptionRefused(
            f"the graph draws random numbers itself ({', '.join(random)}), so a seed would not always give the "
            "same image; export it with the noise as an input"
        )
    return model


def nodes_inside(node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
    """Yield the nodes of all graphs inside a node, such as the body of a loop."""
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for each in graph.node:
                yield each
                yield from nodes_inside(each)


def _opset(model: onnx.ModelProto) -> int:
    return max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=1)


def _n_classes(model: onnx.ModelProto, inputs: ForeignInputs, given: int | None) -> int:
    """Return the number of classes: the width of a one-hot label, or the rows of the table that a label looks up."""
    if inputs.label is None:
        if given and given >= inputs.noise_size:
            raise AdoptionRefused(f"--classes {given:,} leaves no noise of {inputs}")
        return given or 0
    found = inputs.n_classes or _table_rows(model, inputs.label.name)
    if inputs.n_classes and given not in (None, inputs.n_classes):
        raise AdoptionRefused(f"--classes {given:,}, but input {inputs.label.name!r} takes {inputs.n_classes:,}")
    return _chosen(found, given, inputs.label.name)


def _chosen(found: int | None, given: int | None, label: str) -> int:
    """Return the number of classes that a person chose or that the graph shows for an input of labels."""
    if found is None and given is None:
        raise AdoptionRefused(
            f"the graph does not show how many classes input {label!r} takes; name their number with --classes"
        )
    if found is not None and given is not None and given > found:
        raise AdoptionRefused(f"--classes {given:,}, but input {label!r} takes {found:,}")
    return given or found or 0


def _table_rows(model: onnx.ModelProto, label: str) -> int | None:
    """Return the rows of the table in which a label is looked up, or the length of the one-hot code made of it."""
    constants = {name: numpy_helper.to_array(each) for name, each in constants_of(model.graph).items()}
    same = {label}  # values that hold the label in another shape or type
    for node in model.graph.node:
        is_first, *others = (name in same for name in (*node.input, ""))
        array = next((constants[name] for name in node.input if name in constants), np.zeros(0))
        match node.op_type:
            case "Where" if any(others):  # a label, or what stands for one that is left out
                same.add(node.output[0])
            case operator if operator in _SAME and is_first:
                same.add(node.output[0])
            case "Gather" if others[0] and node.input[0] in constants:
                return len(array)
            case "OneHot" if is_first and node.input[1] in constants:
                return int(array.item())
            case "Equal" if (is_first or others[0]) and _counts(array):  # PyTorch's one-hot code
                return array.size
    return None


def _counts(array: NDArray[np.generic]) -> bool:
    """Return whether an array holds the numbers 0, 1, 2, ..."""
    return array.size > 1 and np.array_equal(array.ravel(), np.arange(array.size))


def constants_of(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """Return the constants of a graph by name: its initializers, and the values of its nodes ``Constant``."""
    constants = {each.name: each for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    constants[node.output[0]] = attribute.t
    return constants


def _output(model: onnx.ModelProto, name: str | None) -> str:
    names = [each.name for each in model.graph.output]
    if name is None and len(names) > 1:
        raise AdoptionRefused(f"the outputs are {', '.join(names)}; name the one that holds images with --output")
    if name is not None and name not in names:
        raise AdoptionRefused(f"there is no output {name!r}; the outputs are {', '.join(names)}")
    return name or names[0]
