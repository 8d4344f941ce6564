"""The models folder: what is loaded, refused, noticed and kept, whatever it contains."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from digitgan.contract.card import CARD_FILE, ENCODER_FILE, MODEL_FILE, Card
from digitgan.contract.errors import CannotServe, ModelRefused, UnknownModel
from digitgan.contract.hand_map import MAP_FILE
from digitgan.engine.backend import Backend
from digitgan.engine.repository import Repository
from tests.backends import EchoBackend
from tests.cards import a_card, a_map, an_encoder, deploy
from tests.processes import without_descriptors


def load(card: Card, content: bytes) -> EchoBackend:
    return EchoBackend(card)


def names(backends: list[Backend]) -> set[str]:
    return {f"{each.card.model} {each.card.version}" for each in backends}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository that has loaded version 1 of model `tiny`."""
    deploy(tmp_path, a_card())
    repository = Repository(tmp_path, load)
    repository.load()
    return repository


def test_load_returns_every_version_of_every_model(tmp_path: Path) -> None:
    for model, version in [("digits", "2"), ("digits", "10"), ("mlp", "1")]:
        deploy(tmp_path, a_card(model=model, version=version))
    found = {(each.card.model, each.card.version) for each in Repository(tmp_path, load).load()}
    assert found == {("digits", "2"), ("digits", "10"), ("mlp", "1")}


def test_loader_gets_the_verified_bytes(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(b"exactly these"), b"exactly these")
    seen: list[bytes] = []
    Repository(tmp_path, lambda card, content: seen.append(content) or EchoBackend(card)).load()  # type: ignore[func-returns-value]
    assert seen == [b"exactly these"]


@pytest.mark.parametrize(("version", "found"), [(None, "10"), ("9", "9")])
def test_load_version_reads_one_version_only(tmp_path: Path, version: str | None, found: str) -> None:
    for name in ("9", "10"):
        deploy(tmp_path, a_card(version=name))
    (deploy(tmp_path, a_card(version="8")) / CARD_FILE).write_text("invalid")
    (deploy(tmp_path, a_card(model="other")) / MODEL_FILE).unlink()
    assert Repository(tmp_path, load).load_version("tiny", version).card.version == found


def test_load_version_lists_what_is_available_when_nothing_matches(repository: Repository) -> None:
    with pytest.raises(UnknownModel, match="no model 'letters'; available models: tiny"):
        repository.load_version("letters", None)
    with pytest.raises(UnknownModel, match="model 'tiny' has no version '2'; available versions: 1"):
        repository.load_version("tiny", "2")


def test_hidden_folders_and_files_are_ignored(tmp_path: Path) -> None:
    deploy(tmp_path, a_card())
    (tmp_path / ".export-half-done" / "1").mkdir(parents=True)
    (tmp_path / "tiny" / ".2-half-done").mkdir()
    (tmp_path / "README.md").touch()
    (tmp_path / "tiny" / "notes.txt").touch()
    assert len(Repository(tmp_path, load).load()) == 1


def test_missing_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="nowhere does not exist"):
        Repository(tmp_path / "nowhere", load).load()


def test_empty_folder_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match=r"holds no model; expected .*<model>/<version>/card\.json"):
        Repository(tmp_path, load).load()


@pytest.mark.parametrize("place", ["other/1", "tiny/2"])
def test_card_in_the_wrong_folder_is_refused(tmp_path: Path, place: str) -> None:
    folder = deploy(tmp_path / "aside", a_card())
    (tmp_path / "models" / place).parent.mkdir(parents=True)
    folder.rename(tmp_path / "models" / place)
    with pytest.raises(ModelRefused, match=rf"{place}: its card says model 'tiny', version '1'"):
        Repository(tmp_path / "models", load).load()


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(b"model"), b"model")
    (folder / MODEL_FILE).write_bytes(b"mXdel")
    with pytest.raises(ModelRefused, match=r"tiny/1/model\.onnx: sha256"):
        Repository(tmp_path, load).load()


def test_encoder_is_verified_although_it_is_not_run(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(encoder=an_encoder(b"encoder")))
    (folder / ENCODER_FILE).write_bytes(b"encoder")
    assert len(Repository(tmp_path, load).load()) == 1
    (folder / ENCODER_FILE).write_bytes(b"eXcoder")
    with pytest.raises(ModelRefused, match=r"tiny/1/encoder\.onnx: sha256"):
        Repository(tmp_path, load).load()


def test_map_is_verified_and_a_new_one_is_noticed(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(map=a_map(b"map")))
    (folder / MAP_FILE).write_bytes(b"map")
    repository = Repository(tmp_path, load)
    [served] = repository.load()
    assert repository.map_file(served.card) == b"map"
    (folder / MAP_FILE).write_bytes(b"mXp")
    assert len(repository.look("tiny", at_once=True)) == 1  # the version as it was
    [refused] = repository.refused
    assert "tiny/1/map.json: sha256" in refused.reason


def test_loaders_refusal_names_the_folder(tmp_path: Path) -> None:
    def refuse(card: Card, content: bytes) -> EchoBackend:
        raise ModelRefused("two heads")

    deploy(tmp_path, a_card())
    with pytest.raises(ModelRefused, match=r"tiny/1: two heads"):
        Repository(tmp_path, refuse).load()


def test_load_serves_valid_versions_where_one_model_is_needed(tmp_path: Path) -> None:
    deploy(tmp_path, a_card())
    deploy(tmp_path, a_card(version="2"), b"onnX")
    deploy(tmp_path, a_card(model="other"), b"onnX")
    repository = Repository(tmp_path, load)
    assert names(repository.load("tiny")) == {"tiny 1"}
    assert [(each.model, each.version) for each in repository.refused] == [("other", "1"), ("tiny", "2")]
    with pytest.raises(ModelRefused, match=r"other/1/model\.onnx: sha256"):
        Repository(tmp_path, load).load("other")


def test_unchanged_version_is_not_loaded_again(repository: Repository) -> None:
    [first], [second] = repository.look("tiny", at_once=True), repository.look("tiny", at_once=False)
    assert first is second


def test_new_version_is_loaded_when_it_has_not_changed_since_a_look(repository: Repository, tmp_path: Path) -> None:
    deploy(tmp_path, a_card(version="2"))
    assert names(repository.look("tiny", at_once=False)) == {"tiny 1"}
    assert names(repository.look("tiny", at_once=False)) == {"tiny 1", "tiny 2"}


def test_growing_version_is_awaited_and_not_refused(repository: Repository, tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card(version="2"), b"")
    for n in range(1, 5):
        assert names(repository.look("tiny", at_once=False)) == {"tiny 1"}
        assert not repository.refused
        (folder / MODEL_FILE).write_bytes(b"onnx"[:n])
    repository.look("tiny", at_once=False)
    assert names(repository.look("tiny", at_once=False)) == {"tiny 1", "tiny 2"}


def test_version_without_a_card_is_ignored(repository: Repository, tmp_path: Path) -> None:
    (deploy(tmp_path, a_card(version="2")) / CARD_FILE).unlink()
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1"}
    assert not repository.refused


def test_invalid_version_is_refused_and_the_others_are_served(repository: Repository, tmp_path: Path) -> None:
    deploy(tmp_path, a_card(version="2"), b"onnX")
    deploy(tmp_path, a_card(version="3"))
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1", "tiny 3"}
    [refused] = repository.refused
    assert (refused.model, refused.version) == ("tiny", "2")
    assert "tiny/2/model.onnx: sha256" in refused.reason


@pytest.mark.parametrize("is_served", [True, False])
def test_only_a_refused_version_is_forgotten_without_its_card(tmp_path: Path, is_served: bool) -> None:
    deploy(tmp_path, a_card())
    folder = deploy(tmp_path, a_card(version="2"), b"onnx" if is_served else b"onnX")
    repository = Repository(tmp_path, load)
    before = names(repository.load("tiny"))
    assert len(repository.refused) == (0 if is_served else 1)
    (folder / CARD_FILE).unlink()
    assert names(repository.look("tiny", at_once=True)) == before
    assert not repository.refused


def test_served_version_stays_when_its_files_become_invalid(repository: Repository, tmp_path: Path) -> None:
    [before] = repository.look("tiny", at_once=True)
    model = tmp_path / "tiny" / "1" / MODEL_FILE
    model.write_bytes(b"onnX")
    assert repository.look("tiny", at_once=True) == [before]
    assert len(repository.refused) == 1
    model.write_bytes(b"onnx")
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1"}
    assert not repository.refused


def test_removed_version_is_released_at_the_second_look(tmp_path: Path) -> None:
    deploy(tmp_path, a_card())
    folder = deploy(tmp_path, a_card(version="2"))
    repository = Repository(tmp_path, load)
    repository.load()
    folder.rename(tmp_path / ".aside")
    assert names(repository.look("tiny", at_once=False)) == {"tiny 1", "tiny 2"}
    assert names(repository.look("tiny", at_once=False)) == {"tiny 1"}


def test_last_version_of_the_default_model_stays_when_removed(repository: Repository, tmp_path: Path) -> None:
    deploy(tmp_path, a_card(model="other"))
    folder = (tmp_path / "tiny" / "1").rename(tmp_path / ".aside")
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1", "other 1"}
    assert "has no other version" in repository.refused[0].reason
    folder.rename(tmp_path / "tiny" / "1")
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1", "other 1"}
    assert not repository.refused


def test_look_at_an_empty_folder_is_refused_and_changes_nothing(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "tiny").rename(tmp_path / ".aside")
    with pytest.raises(CannotServe, match="holds no model"):
        repository.look("tiny", at_once=True)
    (tmp_path / ".aside").rename(tmp_path / "tiny")
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1"}


@pytest.mark.parametrize("name", [CARD_FILE, MODEL_FILE])
def test_pipe_in_place_of_a_file_is_refused_without_blocking(repository: Repository, tmp_path: Path, name: str) -> None:
    folder = deploy(tmp_path, a_card(version="2"))
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1"}
    assert "not a regular file" in repository.refused[0].reason


def test_version_that_could_not_be_read_is_tried_again(repository: Repository, tmp_path: Path) -> None:
    def verify_without_descriptors(folder: Path) -> Backend:
        with without_descriptors():
            return verify(folder)

    deploy(tmp_path, a_card(version="2"))
    verify = repository._verify
    repository._verify = verify_without_descriptors  # type: ignore[method-assign]
    assert names(repository.look("tiny", at_once=True)) == {"tiny 1"}
    assert "Too many open files" in repository.refused[0].reason
    repository._verify = verify  # type: ignore[method-assign]
    assert names(repository.look("tiny", at_once=False)) == {"tiny 1", "tiny 2"}
    assert repository.refused == []


def test_unreadable_version_is_refused_and_the_others_are_served() -> None:
    with TemporaryDirectory() as folder:  # unlike tmp_path, other users may enter it
        models = Path(folder)
        models.chmod(0o755)
        deploy(models, a_card())
        repository = Repository(models, load)
        repository.load()
        closed = deploy(models, a_card(version="2"))
        closed.chmod(0)
        with not_root():
            assert names(repository.look("tiny", at_once=True)) == {"tiny 1"}
            [refused] = repository.refused
        assert re.search(r"tiny/2/card\.json.*Permission denied", refused.reason)
        closed.chmod(0o755)
        assert names(repository.look("tiny", at_once=True)) == {"tiny 1", "tiny 2"}


def test_model_folder_that_nobody_may_list_is_refused_and_others_served() -> None:
    with TemporaryDirectory() as folder:
        models = Path(folder)
        models.chmod(0o755)
        deploy(models, a_card())
        closed = deploy(models, a_card(model="other")).parent
        repository = Repository(models, load)
        assert names(repository.load()) == {"tiny 1", "other 1"}
        (models / "lost+found").mkdir(0)
        closed.chmod(0)
        with not_root():
            assert names(repository.look("tiny", at_once=True)) == {"tiny 1", "other 1"}
            assert [each.model for each in repository.refused] == ["other"]
            with pytest.raises(ModelRefused, match="Permission denied"):
                Repository(models, load).load()
            assert names(Repository(models, load).load("tiny")) == {"tiny 1"}
        closed.chmod(0o755)
        assert names(repository.look("tiny", at_once=True)) == {"tiny 1", "other 1"}
        assert repository.refused == []


@contextmanager
def not_root() -> Iterator[None]:
    """Run the block without root's permission to read everything."""
    own = os.geteuid()
    os.seteuid(own or 65534)
    try:
        yield
    finally:
        os.seteuid(own)


def test_any_exception_of_the_loader_refuses_the_version(tmp_path: Path) -> None:
    def exhausted(card: Card, content: bytes) -> EchoBackend:
        raise MemoryError

    deploy(tmp_path, a_card())
    with pytest.raises(ModelRefused, match=r"tiny/1: MemoryError"):
        Repository(tmp_path, exhausted).load()
