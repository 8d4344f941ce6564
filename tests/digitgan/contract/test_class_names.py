"""Names of classes in cards, addresses and files."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.class_names import MAX_CLASS_NAME, check_names, did_you_mean, in_addresses, in_files
from tests.cards import CLOTHES


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["", "a"], "class_names/0 must be printable text of 1 to 64 bytes"),
        (["a", "b "], "class_names/1 must be .* without spaces around it, not 'b '"),
        (["a\n"], "class_names/0 must be printable"),
        (["a", "\udcff"], "class_names/1 must be printable"),
        (["a" * (MAX_CLASS_NAME + 1)], "class_names/0 must be .* 64 bytes"),
        (["\N{HIRAGANA LETTER A}" * 22], "class_names/0 must be .* 64 bytes"),
        (["Bag", "Coat", "Bag"], "class_names/2 is 'Bag', the name of class 0"),
    ],
)
def test_names_that_nobody_could_use_are_refused(names: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_names(names)


def test_names_with_slashes_spaces_and_either_case_are_allowed() -> None:
    check_names([*CLOTHES, "shirt", "\N{HIRAGANA LETTER A}", "..", "7", 'a "b" c'])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Bag", "Bag"),
        ("Ankle boot", "Ankle%20boot"),
        ("\N{HIRAGANA LETTER A}", "%E3%81%82"),
        ("C#", "C%23"),
        ("T-shirt/top", "1"),
        ("a\\b", "1"),
        ("7", "1"),
        ("7 up", "1"),
        ("..", "1"),
        ("-", "1"),
    ],
)
def test_address_has_the_name_or_the_number(name: str, written: str) -> None:
    assert in_addresses(("other", name)) == ("other", written)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Bag", "Bag"),
        ("Ankle boot", "Ankle boot"),
        ("T-shirt/top", "T-shirt%2Ftop"),
        ("100 %", "100 %25"),
        ("a", "a"),
        ("A", "%41"),
        ("..", "%2E%2E"),
        (".hidden", "%2E%68%69%64%64%65%6E"),
        ("etc.", "%65%74%63%2E"),
        ("NUL", "%4E%55%4C"),
        ("com1.x", "%63%6F%6D%31%2E%78"),
        ('"', "%22"),
        ("\N{HIRAGANA LETTER A}", "%E3%81%82"),
    ],
)
def test_folder_is_a_name_that_every_file_system_takes(name: str, folder: str) -> None:
    assert in_files(("a", name) if name != "a" else ("a",))[-1] == folder


@given(st.lists(st.text(min_size=1), unique=True).map(tuple))
def test_folders_differ_without_regard_to_case_and_give_the_names_back(names: tuple[str, ...]) -> None:
    folders = in_files(names)
    assert len({folder.lower() for folder in folders}) == len(names)
    assert all(folder.isascii() and "/" not in folder and folder not in (".", "..") for folder in folders)
    assert tuple(map(unquote, folders)) == names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bag", "did you mean 'Bag'?"),
        ("Trousers", "did you mean 'Trouser'?"),
        ("Hat", f"names: {', '.join(CLOTHES)} and 1 more"),
    ],
)
def test_hint_has_the_similar_name_or_the_first_ones(name: str, hint: str) -> None:
    assert did_you_mean(name, [*CLOTHES, "Zip"]) == hint
