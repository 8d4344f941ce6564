"""The generated parts of hand-written pages are current."""

import pytest

from reference.__main__ import DOCS
from reference.sections import SECTIONS, filled
from training.losses import LOSSES
from training.recipes.catalogue import RECIPES


@pytest.mark.parametrize("name", SECTIONS)
def test_generated_parts_of_page_are_current(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert text == filled(text, SECTIONS[name]), "make reference"


def test_filled_replaces_only_what_is_between_the_comments() -> None:
    page = "before\n<!-- generated: a -->\nold\n<!-- /generated: a -->\nafter\n"
    expected = "before\n<!-- generated: a -->\n\nnew\n\n<!-- /generated: a -->\nafter\n"
    assert filled(page, {"a": lambda: "new\n"}) == expected


def test_filled_refuses_a_page_without_the_comments() -> None:
    with pytest.raises(ValueError, match="<!-- generated: a -->"):
        filled("nothing here\n", {"a": lambda: "new\n"})


def test_recipes_page_names_every_recipe_and_every_loss() -> None:
    text = (DOCS / "recipes.md").read_text(encoding="utf-8")
    assert all(text.count(f"\n| `{name}` | ") >= 2 for name in RECIPES)
    assert all(f"\n- `{name}`: " in text for name in RECIPES)
    assert all(f"\n| `{name}` | {loss.compares} | " in text for name, loss in LOSSES.items())
