"""Reading, writing and verifying cards, and the errors for every way in which one can be invalid."""

import json
from pathlib import Path
from typing import Any

import pytest

from digitgan.contract.card import (
    CARD_FILE,
    ENCODER_FILE,
    Card,
    Golden,
    ModelReference,
    read_card,
    read_encoder_file,
    read_map_file,
    read_model_file,
    write_card,
)
from digitgan.contract.errors import ModelRefused
from digitgan.contract.hand_map import MAP_FILE
from tests.cards import a_card, a_map, an_encoder, deploy


def test_written_card_reads_back_equal(tmp_path: Path) -> None:
    card = a_card(n_classes=4, golden=[Golden(seed=7, label=3, pixels_sha256="a" * 64)])
    write_card(card, tmp_path)
    assert read_card(tmp_path) == card


def test_written_card_is_indented_json(tmp_path: Path) -> None:
    write_card(a_card(), tmp_path)
    text = (tmp_path / CARD_FILE).read_text()
    assert text.startswith('{\n  "contract": 1,\n') and text.endswith("}\n")


def test_card_without_class_names_is_valid(tmp_path: Path) -> None:
    fields = json.loads(a_card(n_classes=2, class_names=["shirt", "shoe"]).model_dump_json())
    assert fields.pop("class_names") == ["shirt", "shoe"]
    (tmp_path / CARD_FILE).write_text(json.dumps(fields))
    assert read_card(tmp_path).class_names is None


def test_card_leaves_out_what_a_stranger_does_not_know(tmp_path: Path) -> None:
    unknown = ("n_parameters", "multiply_adds", "recipe", "training", "data", "metrics", "parity", "source_commit")
    fields = json.loads(a_card().model_dump_json())
    assert "adoption" not in fields
    for name in (*unknown, "licence"):
        del fields[name]
    (tmp_path / CARD_FILE).write_text(json.dumps(fields))
    card = read_card(tmp_path)
    assert (card.data, card.recipe, card.training, card.parity, card.licence, card.metrics) == (*[None] * 5, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contract", 2),
        ("model", "Digits"),
        ("model", "../up"),
        ("version", "01"),
        ("version", "1.0"),
        ("latent_size", 0),
        ("n_classes", -1),
        ("image_width", "28 pixels"),
        ("created", "yesterday"),
        ("golden", [{"seed": 1}]),
        ("golden", []),
        ("file", {"sha256": "F" * 64, "size_bytes": 1, "opset": 20, "ir_version": 10}),
        ("recipe", "mlp"),
        ("precision", "fp64"),
        ("variant_of", "digits"),
        ("colour", "blue"),
    ],
)
def test_read_card_names_an_invalid_field(tmp_path: Path, field: str, value: Any) -> None:
    fields = json.loads(a_card().model_dump_json())
    (tmp_path / CARD_FILE).write_text(json.dumps(fields | {field: value}))
    with pytest.raises(ModelRefused, match=field) as refused:
        read_card(tmp_path)
    assert str(tmp_path / CARD_FILE) in str(refused.value)


@pytest.mark.parametrize("field", [name for name, field in Card.model_fields.items() if field.is_required()])
def test_read_card_names_a_missing_field(tmp_path: Path, field: str) -> None:
    fields = json.loads(a_card().model_dump_json())
    del fields[field]
    (tmp_path / CARD_FILE).write_text(json.dumps(fields))
    with pytest.raises(ModelRefused, match=rf"{field}: Field required"):
        read_card(tmp_path)


def test_card_without_encoder_and_truncation_curve_is_valid(tmp_path: Path) -> None:
    fields = json.loads(a_card().model_dump_json())
    del fields["encoder"], fields["truncation_curve"]
    (tmp_path / CARD_FILE).write_text(json.dumps(fields))
    assert read_card(tmp_path) == a_card(encoder=None, truncation_curve=None)


def test_card_without_variant_fields_describes_an_fp32_model(tmp_path: Path) -> None:
    fields = json.loads(a_card().model_dump_json())
    del fields["precision"], fields["variant_of"], fields["teacher"], fields["speed"]
    (tmp_path / CARD_FILE).write_text(json.dumps(fields))
    assert read_card(tmp_path) == a_card(precision="fp32", variant_of=None, teacher=None, speed=None)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"contract": 1'])
def test_read_card_refuses_content_that_is_no_card(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CARD_FILE).write_bytes(content)
    with pytest.raises(ModelRefused, match=r"card\.json: not a valid card of contract version 1"):
        read_card(tmp_path)


def test_read_card_says_that_a_newer_contract_needs_a_newer_release(tmp_path: Path) -> None:
    fields = json.loads(a_card().model_dump_json()) | {"contract": 2, "unheard_of": True}
    (tmp_path / CARD_FILE).write_text(json.dumps(fields))
    with pytest.raises(ModelRefused, match=r"version 1: it is of contract version 2, which needs a newer release"):
        read_card(tmp_path)


def test_read_card_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"card\.json: cannot be read"):
        read_card(tmp_path)


def test_read_model_file_returns_the_described_file(tmp_path: Path) -> None:
    card = a_card(b"model")
    assert read_model_file(deploy(tmp_path, card, b"model"), card) == b"model"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"modem", "sha256"), (b"mode", "4 bytes, but its card says 5"), (b"models", "6 bytes, but its card says 5")],
)
def test_read_model_file_refuses_any_other_file(tmp_path: Path, content: bytes, reason: str) -> None:
    card = a_card(b"model")
    with pytest.raises(ModelRefused, match=rf"model\.onnx: .*{reason}"):
        read_model_file(deploy(tmp_path, card, content), card)


def test_read_model_file_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"model\.onnx: cannot be read"):
        read_model_file(tmp_path, a_card())


def test_read_encoder_file_returns_only_the_described_file(tmp_path: Path) -> None:
    card = a_card(encoder=an_encoder(b"encoder"))
    folder = deploy(tmp_path, card)
    with pytest.raises(ModelRefused, match=r"encoder\.onnx: cannot be read"):
        read_encoder_file(folder, card)
    (folder / ENCODER_FILE).write_bytes(b"encoder")
    assert read_encoder_file(folder, card) == b"encoder"
    (folder / ENCODER_FILE).write_bytes(b"encodes")
    with pytest.raises(ModelRefused, match=r"encoder\.onnx: sha256"):
        read_encoder_file(folder, card)


def test_read_encoder_file_returns_none_when_card_has_no_encoder(tmp_path: Path) -> None:
    assert read_encoder_file(deploy(tmp_path, a_card()), a_card()) is None


def test_read_map_file_returns_only_the_described_file(tmp_path: Path) -> None:
    card = a_card(map=a_map(b"map"))
    folder = deploy(tmp_path, card)
    assert read_card(folder) == card
    assert read_map_file(folder, a_card()) is None
    with pytest.raises(ModelRefused, match=r"map\.json: cannot be read"):
        read_map_file(folder, card)
    (folder / MAP_FILE).write_bytes(b"map")
    assert read_map_file(folder, card) == b"map"
    (folder / MAP_FILE).write_bytes(b"map,")
    with pytest.raises(ModelRefused, match=r"map\.json: 4 bytes, but its card says 3"):
        read_map_file(folder, card)


def test_card_without_a_map_keeps_its_bytes() -> None:
    assert "map" not in json.loads(a_card().model_dump_json())


def test_model_is_conditional_exactly_when_it_has_classes() -> None:
    assert a_card(n_classes=10).is_conditional
    assert not a_card(n_classes=0).is_conditional


def test_encoder_of_a_student_or_variant_is_that_of_the_latents_origin() -> None:
    digits, small = (ModelReference(model=name, version="1", sha256="0" * 64) for name in ("digits", "digits-small"))
    assert a_card().encoder_of is None
    assert a_card(variant_of=digits).encoder_of == digits
    assert a_card(variant_of=small, teacher=digits).encoder_of == digits
    assert a_card(teacher=digits, encoder=an_encoder(b"encoder")).encoder_of is None


@pytest.mark.parametrize(
    ("class_names", "names"),
    [(None, ()), (["0", "1"], ()), (["1", "0"], ("1", "0")), (["shirt", "shoe"], ("shirt", "shoe"))],
)
def test_classes_have_names_if_they_are_not_their_numbers(
    class_names: list[str] | None, names: tuple[str, ...]
) -> None:
    assert a_card(n_classes=2, class_names=class_names).names == names


def test_card_with_two_classes_of_one_name_is_refused() -> None:
    with pytest.raises(ValueError, match="class_names/1 is 'shoe', the name of class 0"):
        a_card(n_classes=2, class_names=["shoe", "shoe"])
