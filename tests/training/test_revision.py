from pathlib import Path

import pytest

from digitgan.contract.card import MODEL_FILE, read_card
from tests.cards import a_card, deploy
from training.errors import ExportRefused
from training.revision import read_version, revised


def test_revised_puts_the_changed_copy_in_place(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card())
    with revised(folder) as aside:
        (aside / "notes.txt").write_text("new")
        assert not (folder / "notes.txt").exists()
    assert (folder / "notes.txt").read_text() == "new"
    assert read_card(folder) == a_card()
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_interrupted_revision_leaves_the_version_unchanged(tmp_path: Path, fault: type[BaseException]) -> None:
    folder = deploy(tmp_path, a_card())
    with pytest.raises(fault), revised(folder) as aside:
        (aside / MODEL_FILE).write_bytes(b"half")
        raise fault
    assert read_version(folder) == (a_card(), b"onnx")
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


def test_read_version_refuses_with_the_message_of_the_service(tmp_path: Path) -> None:
    folder = deploy(tmp_path, a_card())
    (folder / MODEL_FILE).write_bytes(b"onny")
    with pytest.raises(ExportRefused, match=r"model\.onnx: sha256"):
        read_version(folder)
    with pytest.raises(ExportRefused, match=r"card\.json: cannot be read"):
        read_version(tmp_path / "nowhere")
