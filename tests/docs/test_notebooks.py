"""The notebooks of the guide: they run, and what they show is stored with them."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
PLACES = re.compile(r"(?:/(?:home|root|tmp|usr|Users|work)/|[A-Z]:\\\\)")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def shown(notebook: Any) -> list[list[str]]:
    """Return the kinds of the outputs of each cell with code; some versions of Pillow show a JPEG besides."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        sorted({kind for output in cell.outputs for kind in output.get("data", [output.output_type])} - {"image/jpeg"})
        for cell in cells
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_shows_what_is_stored_in_it(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    stored = shown(notebook)
    executed = NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    assert shown(executed) == stored
    [printed] = [output.text for cell in executed.cells for output in cell.get("outputs", []) if "text" in output]
    percent = re.match(r"(\d+)% of 1,000 fresh digits are read correctly", printed)
    assert percent and int(percent[1]) >= 85
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_names_no_place_of_a_machine(path: Path) -> None:
    cells = read(path).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    texts = [cell.source for cell in cells]
    texts += [output.get("text", output.get("data", {}).get("text/plain", "")) for output in outputs]
    assert not [text for text in texts if PLACES.search(text)]


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
