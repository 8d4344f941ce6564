"""What the whole application shows of itself: its documentation and its description."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.contract.errors import CannotServe
from digitgan.formats.format import Use
from digitgan.formats.registry import offered
from service.app import create_app
from service.http.problems import PROBLEMS
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph


def nested(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nested(each)


def test_the_documentation_needs_no_other_host(service: httpx.Client) -> None:
    page = service.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    addresses = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""", page.text)
    assert addresses
    assert "//" not in "".join(addresses)
    for address in addresses:
        assert service.get(address).status_code == 200, address


def test_every_reference_of_the_description_resolves(service: httpx.Client) -> None:
    schema = service.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    references = {each["$ref"] for each in nested(schema) if "$ref" in each}
    assert references
    for reference in references:
        place = schema
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_the_description_has_every_format_and_problem(service: httpx.Client) -> None:
    schema = service.get("/openapi.json").json()
    answers = schema["paths"]["/generate"]["post"]["responses"]
    assert set(answers["200"]["content"]) == set(offered(Use.IMAGES))
    assert {name for name, content in answers["200"]["content"].items() if "example" in content} == {
        name for name, form in offered(Use.IMAGES).items() if form.example
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            [media_type] = operation["responses"]["4XX"]["content"]
            is_foreign = path.startswith(("/v1", "/v2")) or (method, path[:7]) == ("post", "/models")
            assert media_type == ("application/json" if is_foreign else "application/problem+json"), path
    problem = schema["paths"]["/generate"]["post"]["responses"]["4XX"]["content"]["application/problem+json"]
    assert problem["schema"] == {"$ref": "#/components/schemas/ProblemBody"}
    assert set(schema["components"]["schemas"]["ProblemBody"]["required"]) >= {"type", "title", "status", "request_id"}


@pytest.mark.parametrize("slug", PROBLEMS)
def test_the_page_of_every_problem_is_served(service: httpx.Client, slug: str) -> None:
    page = service.get(f"/problems/{slug}")
    assert page.text.startswith(f"{PROBLEMS[slug].title} (HTTP {PROBLEMS[slug].status})")
    assert PROBLEMS[slug].cure in page.text


def test_application_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="holds no model"):
        create_app(Settings(models_dir=tmp_path))


def test_application_without_a_valid_default_model_is_refused(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph(), model="other"), a_graph())
    deploy(tmp_path, a_card(), b"spoilt")
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=1, strict_models=False)
    with pytest.raises(CannotServe, match=r"tiny/1/model\.onnx: .* bytes, but its card says"):
        create_app(settings)
