"""Knows that the pages that are made from the code are those that the code makes now. Does not know what they say."""

import pytest

from reference.__main__ import FOLDER
from reference.pages import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_makes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "make reference"


def test_nothing_else_is_among_them() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)
