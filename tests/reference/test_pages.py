"""The committed pages are those that the code makes now."""

import pytest

from reference.__main__ import FOLDER
from reference.pages import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_page_is_what_the_code_makes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "make reference"


def test_folder_holds_no_other_pages() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)
