"""Knows the conventions that can be counted. Does not know what the modules do."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path.relative_to(ROOT)
    for room in ("service", "training")
    for path in (ROOT / room).rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_can_be_read_in_one_go(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= 400
    assert path.stem not in {"utils", "helpers", "common"}


def test_every_module_of_the_service_has_its_mirror() -> None:
    untested = {"backend", "exits", "huffman"}  # a Protocol and its records; some numbers; what deflate's test runs
    for path in (ROOT / "service").rglob("*.py"):
        if path.name.startswith("__") or path.stem in untested:
            continue
        inside = path.relative_to(ROOT)
        assert (ROOT / "tests" / inside.parent / f"test_{path.name}").exists(), inside
