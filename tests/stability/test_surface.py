"""What docs/stability.md promises of names: a minor version adds some, and takes none away."""

import json
import re
from pathlib import Path

import pytest

from tests.stability.surface import RECORD, ROOT, surface

NOW = {kind: set(names) for kind, names in surface().items()}
RELEASED: dict[str, list[str]] = json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", RELEASED)
def test_names_of_the_last_release_all_remain(kind: str) -> None:
    assert not {*RELEASED[kind]} - NOW[kind], "only a major version removes or renames; docs/stability.md says how"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Python", "write(seed)"),
        ("Python", "Model.generate"),
        ("HTTP", "POST /generate"),
        ("HTTP", "POST /generate body .seeds (optional)"),
        ("HTTP", "POST /generate answer image/png"),
        ("HTTP", "POST /generate answer .images[].label"),
        ("HTTP", "GET /numbers/{}/{}.png query scale (optional)"),
        ("problems", "invalid-request"),
        ("command line", "write --seed"),
        ("settings", "DIGITGAN_PORT"),
        ("metrics", "digitgan_requests_total route"),
        ("card", ".latent_size"),
    ],
)
def test_surface_has_names_of_every_kind(kind: str, name: str) -> None:
    assert name in NOW[kind]


def test_promises_name_tests_that_exist() -> None:
    page = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 8
    for file, test in named:
        assert f"def {test}" in Path(ROOT / file).read_text(encoding="utf-8"), (file, test)
