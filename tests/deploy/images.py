"""What every image of digitgan says of itself: labels, and a bill of materials."""

import json
import re
from collections.abc import Iterator
from typing import Any

from digitgan import __version__
from tests.deploy.engine import inspect, run


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
        assert all(file["hashes"] for file in each.get("components", [each])), name
    assert {*_licences(components.values())} <= {*assert_labelled(image).split(" AND ")}
    return components


def _licences(components: Any) -> Iterator[str]:
    """Yield the SPDX identifiers of the licences that components declare."""
    for licence in (each for component in components for each in component.get("licenses", [])):
        named = licence.get("expression") or licence["license"].get("id", "")
        yield from filter(None, re.split(r" AND | OR |[()]", named))
