"""The table of the worst costs in docs/operations.md is complete."""

import re

from service.app import create_app
from service.settings import Settings
from tests.hostile.worst import PAGE, SECTION


def test_table_of_worst_costs_names_every_route() -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page.split(f"<!-- generated: {SECTION} -->")[1].split(f"<!-- /generated: {SECTION} -->")[0]
    described = {
        f"{verb.upper()} {path}"
        for path, operations in create_app(Settings()).openapi()["paths"].items()
        for verb in ("get", "post")
        if verb in operations
    }
    assert set(re.findall(r"^\| `((?:GET|POST) [^`]+)` \|", section, re.MULTILINE)) == described
