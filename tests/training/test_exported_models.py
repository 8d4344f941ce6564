"""Every committed model is free of traces of its machine and reaches the figures of its tier."""

import re
from pathlib import Path

import onnx
import pytest
from PIL import Image

from digitgan.contract.card import Card, read_card

ROOT = Path(__file__).parents[2]
EXPORTED = ROOT / "exported"
VERSIONS = sorted(path.parent for path in EXPORTED.glob("*/*/card.json"))
NOT_SERVED = sorted(path.parent for path in ROOT.glob("docs/benchmarks/models/*/*/card.json"))
TRACES = (b"/home/", b"/tmp/", b"/usr/", b"site-packages", b".py", b"stack_trace", b"C:\\")

each_version = pytest.mark.parametrize("folder", VERSIONS, ids=lambda path: f"{path.parent.name}-{path.name}")


def graphs(model: onnx.ModelProto) -> list[onnx.GraphProto]:
    """Return a model's graph and those inside its nodes, which a loop repeats."""
    inner = (each.g for node in model.graph.node for each in node.attribute if each.type == onnx.AttributeProto.GRAPH)
    return [model.graph, *inner]


@pytest.mark.parametrize("folder", [*VERSIONS, *NOT_SERVED], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_committed_models_contain_no_paths(folder: Path) -> None:
    for path in folder.glob("*.onnx"):
        model = onnx.load(path)
        for weight in (weight for graph in graphs(model) for weight in graph.initializer):
            weight.ClearField("raw_data")  # millions of bytes, which may spell anything by chance
        content = model.SerializeToString()
        assert not [trace for trace in TRACES if trace in content], path
    assert not re.search(r'[\s"=](/|[A-Z]:\\)\w', (folder / "card.json").read_text()), "an absolute path in the card"
    with Image.open(folder / "samples.png") as picture:
        assert picture.info == {}


@each_version
def test_committed_graphs_contain_no_notes(folder: Path) -> None:
    for path in folder.glob("*.onnx"):
        model = onnx.load(path)
        for graph in graphs(model):
            for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
                assert not part.doc_string
                assert not part.metadata_props
            assert not any(weight.external_data for weight in graph.initializer)


@each_version
def test_committed_variant_has_a_committed_original(folder: Path) -> None:
    card = read_card(folder)
    for source in filter(None, (card.variant_of, card.teacher)):
        assert read_card(EXPORTED / source.model / source.version).file.sha256 == source.sha256


def cards(precision: str) -> list[Card]:
    return [card for card in map(read_card, VERSIONS) if card.precision == precision]


@pytest.mark.parametrize("card", cards("int8"), ids=lambda card: card.model)
def test_committed_int8_keeps_the_scores_and_is_faster(card: Card) -> None:
    assert card.variant_of is not None
    original = read_card(EXPORTED / card.variant_of.model / card.variant_of.version)
    assert ratio(card, "frechet_distance") <= 1.5
    for name, allowed in {"precision": 0.01, "recall": 0.01, "density": 0.02, "coverage": 0.01}.items():
        assert abs(card.metrics[name].value - original.metrics[name].value) <= allowed, name
    assert card.metrics["label_accuracy"].value >= original.metrics["label_accuracy"].value - 0.001
    assert card.speed is not None and card.speed.fp32_microseconds is not None
    assert all(card.speed.fp32_microseconds[n] >= 1.4 * card.speed.microseconds[n] for n in (64, 256))


@pytest.mark.xfail(reason="recall and label accuracy are short, as those of the fp32 digits are", strict=True)
@pytest.mark.parametrize("card", cards("int8"), ids=lambda card: card.model)
def test_committed_int8_is_close_to_real_digits(card: Card) -> None:
    score = card.metrics
    for name, allowed in {"precision": 0.02, "recall": 0.02, "density": 0.03, "coverage": 0.03}.items():
        assert score[name].value >= (score[name].floor or 0) - allowed, name
    assert score["label_accuracy"].value >= 0.996


@pytest.mark.parametrize("card", [card for card in cards("fp32") if card.teacher], ids=lambda card: card.model)
def test_committed_student_meets_its_targets(card: Card) -> None:
    assert card.multiply_adds is not None and card.multiply_adds <= 1_500_000
    assert ratio(card, "frechet_distance") <= 3
    assert card.metrics["label_accuracy"].value >= 0.993
    assert card.metrics["duplicates"].value == 0


def ratio(card: Card, name: str) -> float:
    metric = card.metrics[name]
    assert metric.floor
    return metric.value / metric.floor
