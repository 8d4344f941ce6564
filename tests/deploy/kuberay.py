"""The schema of KubeRay's RayService, of which no package has a copy.

tests/vendor/kuberay/rayservice.json is made from KubeRay's own definition, without descriptions, the status and the
templates of pods, which Kubernetes' own schema describes: `python -m tests.deploy.kuberay ray.io_rayservices.yaml`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import yaml

FILE = Path(__file__).parents[1] / "vendor" / "kuberay" / "rayservice.json"
POD_TEMPLATE = {"type": "object"}  # in place of a template, which Kubernetes' own schema describes
_OTHERS = ("description", "x-kubernetes-")  # what says nothing about a single object


def validate(manifest: dict[str, Any]) -> None:
    """Raise ValidationError if a RayService has an unknown field, lacks one, or has a wrong value."""
    jsonschema.validate(manifest, json.loads(FILE.read_text()))


def reduced(definition: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of version v1 in a CustomResourceDefinition; unknown fields are errors."""
    [version] = [each for each in definition["spec"]["versions"] if each["name"] == "v1"]
    schema: dict[str, Any] = _reduced(version["schema"]["openAPIV3Schema"])
    del schema["properties"]["status"]
    return schema


def _reduced(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_reduced(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _reduced(value) for name, value in schema.items() if not name.startswith(_OTHERS)}
    if "properties" in schema:
        fields = {name: _reduced(value) for name, value in schema["properties"].items()}
        kept["properties"] = {name: POD_TEMPLATE if name == "template" else value for name, value in fields.items()}
        if "x-kubernetes-preserve-unknown-fields" not in schema:
            kept["additionalProperties"] = False
    return kept


if __name__ == "__main__":
    FILE.write_text(json.dumps(reduced(yaml.safe_load(Path(sys.argv[1]).read_text())), separators=(",", ":")) + "\n")
