"""What every image of digitgan says of itself: labels, and a bill of materials."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from digitgan import __version__
from tests.deploy.engine import inspect, run
from tests.processes import ROOT


def assert_labelled(image: str) -> str:
    """Check the labels of an image that this checkout made, and return its licences."""
    labels = json.loads(inspect(image, "{{json .Config.Labels}}"))
    said = {name.removeprefix("org.opencontainers.image."): text for name, text in labels.items()}
    assert {*said} >= {"title", "description", "licenses", "revision", "source", "version"}
    assert all(said.values())
    assert (said["version"], said["revision"]) == (__version__, run("git", "rev-parse", "HEAD").strip())
    return str(said["licenses"])


def assert_billed(image: str) -> dict[str, Any]:
    """Check the bill of materials of an image, and return its components by name."""
    show = "print(open('/opt/digitgan/sbom.cdx.json').read())"
    bill = json.loads(run("docker", "run", "--rm", "--entrypoint", "python", image, "-I", "-c", show))
    application = bill["metadata"]["component"]
    assert (application["version"], application["purl"]) == (__version__, f"pkg:pypi/digitgan@{__version__}")
    components = {each["name"]: each for each in bill["components"]}
    assert {"numpy", "onnxruntime", "onnxruntime-web", "digits"} <= {*components}
    for name, each in components.items():
        assert each["version"] and each["purl"], name
        assert all(file["hashes"] for file in each.get("components", [each])), name
    assert {*_licences(components.values())} <= {*assert_labelled(image).split(" AND ")}
    return components


def documented_mb(row: str) -> list[int]:
    """Return the megabytes that a row of docs/operations.md names: of an image, of its base, and of what lies above."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    [(total, parts)] = re.findall(rf"^\| {re.escape(row)}[^|]*\| (\d+) MB: ([^;|]*)", page, re.MULTILINE)
    return [int(total), *map(int, re.findall(r"(\d+) for the", parts))]


def assert_size_is_documented(image: str, base: str, row: str) -> None:
    """Check that an image adds to its base, which may be any, what the documentation says."""
    added_mb = (int(inspect(image, "{{.Size}}")) - int(inspect(base, "{{.Size}}"))) / 1e6
    assert added_mb == pytest.approx(sum(documented_mb(row)[2:]), rel=0.02)


def _licences(components: Any) -> Iterator[str]:
    """Yield the SPDX identifiers of the licences that components declare."""
    for licence in (each for component in components for each in component.get("licenses", [])):
        named = licence.get("expression") or licence["license"].get("id", "")
        yield from filter(None, re.split(r" AND | OR |[()]", named))
