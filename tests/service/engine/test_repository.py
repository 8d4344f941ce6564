"""Knows what may lie in a models folder, good and bad. Does not know onnxruntime."""

from pathlib import Path

import pytest

from service.engine.card import ENCODER_FILE, MODEL_FILE, Card
from service.engine.errors import CannotServe, ModelRefused
from service.engine.repository import Repository
from tests.backends import EchoBackend
from tests.cards import a_card, an_encoder, deploy


def load(card: Card, content: bytes) -> EchoBackend:
    return EchoBackend(card)


def test_every_version_of_every_model_is_loaded(tmp_path: Path) -> None:
    for model, version in [("digits", "2"), ("digits", "10"), ("mlp", "1")]:
        deploy(tmp_path, a_card(model=model, version=version))
    found = {(each.card.model, each.card.version) for each in Repository(tmp_path, load).load()}
    assert found == {("digits", "2"), ("digits", "10"), ("mlp", "1")}


def test_the_loader_gets_the_bytes_that_were_checked(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(b"exactly these"), b"exactly these")
    seen: list[bytes] = []
    Repository(tmp_path, lambda card, content: seen.append(content) or EchoBackend(card)).load()  # type: ignore[func-returns-value]
    assert seen == [b"exactly these"]


def test_hidden_folders_and_loose_files_are_passed_over(tmp_path: Path) -> None:
    deploy(tmp_path, a_card())
    (tmp_path / ".export-half-done" / "1").mkdir(parents=True)
    (tmp_path / "tiny" / ".2-half-done").mkdir()
    (tmp_path / "README.md").touch()
    (tmp_path / "tiny" / "notes.txt").touch()
    assert len(Repository(tmp_path, load).load()) == 1


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="nowhere does not exist"):
        Repository(tmp_path / "nowhere", load).load()


def test_an_empty_folder_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match=r"holds no model; expected .*<model>/<version>/card\.json"):
        Repository(tmp_path, load).load()


@pytest.mark.parametrize("place", ["other/1", "tiny/2"])
def test_a_card_in_the_wrong_folder_is_refused(tmp_path: Path, place: str) -> None:
    folder = deploy(tmp_path / "aside", a_card())
    (tmp_path / "models" / place).parent.mkdir(parents=True)
    folder.rename(tmp_path / "models" / place)
    with pytest.raises(ModelRefused, match=rf"{place}: its card is of model 'tiny', version '1'"):
        Repository(tmp_path / "models", load).load()


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(b"model"), b"model")
    (folder / MODEL_FILE).write_bytes(b"mXdel")
    with pytest.raises(ModelRefused, match=r"tiny/1/model\.onnx: sha256"):
        Repository(tmp_path, load).load()


def test_an_encoder_is_verified_though_it_is_not_run(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(encoder=an_encoder(b"encoder")))
    (folder / ENCODER_FILE).write_bytes(b"encoder")
    assert len(Repository(tmp_path, load).load()) == 1
    (folder / ENCODER_FILE).write_bytes(b"eXcoder")
    with pytest.raises(ModelRefused, match=r"tiny/1/encoder\.onnx: sha256"):
        Repository(tmp_path, load).load()


def test_a_loaders_refusal_names_the_folder(tmp_path: Path) -> None:
    def refuse(card: Card, content: bytes) -> EchoBackend:
        raise ModelRefused("two heads")

    deploy(tmp_path, a_card())
    with pytest.raises(ModelRefused, match=r"tiny/1: two heads"):
        Repository(tmp_path, refuse).load()
