"""Makes variants of an exported model, which are models of their own: half-precision weights, and 8-bit integers.

A variant is made from the exported file, so that it is one of the graph that is served.
"""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import onnx

from digitgan.contract import card as cards
from digitgan.contract.card import Card, ModelFile, ModelReference, Precision
from digitgan.contract.errors import ModelRefused

from .errors import ExportRefused
from .export import Scorer, golden, staged, write_samples
from .graphs.parity import check_rows, compare
from .graphs.precision import in_fp16, in_int8
from .graphs.sessions import GeneratorSession
from .graphs.speed import measure
from .run import software, source_commit

# One grey level in tanh's range: within it, rounding gives the same level or the next. Integers are rated by the
# metrics in their card, not pixel by pixel.
MAX_FP16_DIFFERENCE = 2 / 255

_MAKE: dict[Precision, Callable[[onnx.ModelProto], onnx.ModelProto]] = {"fp16": in_fp16, "int8": in_int8}
_DESCRIPTIONS = {"fp16": "Half-precision weights: half the bytes.", "int8": "8-bit integers: fast, and few bytes."}


def write_variants(folder: Path, root: Path, *, judge: Scorer | None, replaces: bool = False) -> list[Path]:
    """Write a model version's variants, ``root/<model>-fp16/<version>`` and ``root/<model>-int8/<version>``.

    They are models of their own because one of them, as the newest version of the same model, would be served by
    default.

    Args:
        folder: of the fp32 version.
        root: the folder of all models.
        judge: scores a graph's file for its card; None leaves the metrics out.
        replaces: whether existing variants are replaced.

    Returns:
        The new folders.

    Raises:
        ExportRefused: the folder holds no fp32 version, or a variant exists already, differs too much from the fp32
            file or depends on its batch. If one variant is refused, none is written.
    """
    try:
        card = cards.read_card(folder)
        content = cards.read_model_file(folder, card)
    except ModelRefused as error:
        raise ExportRefused(f"there is no model to make variants of: {error}") from error
    if card.precision != "fp32":
        raise ExportRefused(f"{folder}: is itself a variant, in {card.precision}; variants are made from fp32 versions")
    places = {precision: root / f"{card.model}-{precision}" / card.version for precision in _MAKE}
    for place in places.values():
        if place.exists() and not replaces:
            raise ExportRefused(f"{place}: already exists; pass --replace to replace it")
    with ExitStack() as all_or_none:
        for precision, place in places.items():
            _write(precision, all_or_none.enter_context(staged(place)), card, content, judge)
    return list(places.values())


def _write(precision: Precision, folder: Path, card: Card, content: bytes, judge: Scorer | None) -> None:
    """Fill a variant's folder: graph, samples and card, which keeps the parts of the fp32 card that hold for both."""
    reference = onnx.load_from_string(content)
    graph = _MAKE[precision](reference)
    variant = graph.SerializeToString(deterministic=True)
    generator = GeneratorSession(variant)
    check_rows(generator, card.latent_size)
    parity = compare(graph, reference, card.latent_size)
    if precision == "fp16" and parity.max_float_difference > MAX_FP16_DIFFERENCE:
        raise ExportRefused(
            f"the fp16 graph differs from the fp32 one by {parity.max_float_difference:.1e} in tanh's range "
            f"({MAX_FP16_DIFFERENCE:.1e} allowed)"
        )
    (folder / cards.MODEL_FILE).write_bytes(variant)
    write_samples(generator, card, folder / cards.SAMPLES_FILE)
    changes = {
        "model": f"{card.model}-{precision}",
        "created": datetime.now(UTC).replace(microsecond=0),
        "description": f"{card.description} {_DESCRIPTIONS[precision]}",
        "file": ModelFile(
            sha256=hashlib.sha256(variant).hexdigest(),
            size_bytes=len(variant),
            opset=graph.opset_import[0].version,
            ir_version=graph.ir_version,
        ),
        "precision": precision,
        "variant_of": ModelReference(model=card.model, version=card.version, sha256=card.file.sha256),
        "speed": measure(generator, card.latent_size, beside=GeneratorSession(content)),
        "metrics": judge(folder / cards.MODEL_FILE) if judge else {},
        "parity": parity,
        "truncation_curve": None,  # the fp32 graph's
        "encoder": None,
        "map": None,  # the fp32 graph's holds for it too
        "golden": golden(generator, card),
        "software": software(),
        "source_commit": source_commit(),
    }
    cards.write_card(Card.model_validate(dict(card) | changes), folder)
