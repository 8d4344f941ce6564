"""Completes the bill of materials of an image with what cyclonedx-py cannot know.

That is the application's version, the hash of every downloaded package, the vendored JavaScript and the models:

    cyclonedx-py environment PYTHON | python sbom.py PACKAGE MODELS REPORT... > sbom.cdx.json

PACKAGE is the folder of the installed package, MODELS a models folder, and each REPORT is a file that
`pip install --report` wrote. The result is checked against CycloneDX's schema, so the interpreter must have
cyclonedx-python-lib.
"""

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def complete(bill: Json, package: Path, models: Path, reports: Iterable[Json]) -> Json:
    """Return a bill with everything added.

    Args:
        bill: as cyclonedx-py writes it for the environment.
        package: the folder of the installed package.
        models: the models folder.
        reports: what pip installed, as it reported.
    """
    version = _search(r'__version__ = "(.+)"', package / "__init__.py")
    bill["metadata"]["component"] |= {"version": version, "purl": f"pkg:pypi/digitgan@{version}"}
    hashes = dict(_downloaded(reports))
    for component in bill["components"]:
        component["hashes"] = [_sha256(hashes[_normal(component["name"])])]
    added = [*_javascript(package), *_models(models), *_judges(package)]
    bill["components"] += added
    references = [component["bom-ref"] for component in added]
    bill["dependencies"] += [{"ref": reference} for reference in references]
    root = bill["metadata"]["component"]["bom-ref"]
    [of_root] = [each for each in bill["dependencies"] if each["ref"] == root]
    of_root["dependsOn"] += references
    content = json.dumps(bill, sort_keys=True)  # which alone decides the number, so the same image has the same bill
    return bill | {"serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, content).urn}


def _downloaded(reports: Iterable[Json]) -> Iterator[tuple[str, str]]:
    for report in reports:
        for each in report["install"]:
            archive = each["download_info"]["archive_info"]
            # pip 23.0 reports the hash of a file that no index listed in the older of two forms.
            digest = archive.get("hashes", {}).get("sha256") or archive["hash"].removeprefix("sha256=")
            yield _normal(each["metadata"]["name"]), digest


def _javascript(package: Path) -> Iterator[Json]:
    for folder in sorted(package.glob("service/static/vendor/*")):
        sums = [line.split() for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
        version = _search(r" v(\d+\.\d+\.\d+)\n", next(folder.glob("*.mjs")))
        purl = f"pkg:npm/{folder.name}@{version}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": folder.name,
            "version": version,
            "purl": purl,
            "licenses": [{"license": {"id": _search(r"^(\w+) License", folder / "LICENSE")}}],
            "components": [
                *(_file(name, digest) for digest, name in sums),  # as the npm package has them
                *(_file(path.name, _digest(path)) for path in sorted(folder.glob("*.zst"))),
            ],
        }


def _models(models: Path) -> Iterator[Json]:
    for path in sorted(models.glob("*/*/card.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        beside = [path.parent / name for name in ("encoder.onnx", "map.json")]
        yield _model(card["model"], card["version"], card["file"]["sha256"], card["licence"]) | {
            "description": card["description"],
            "components": [
                _file("model.onnx", card["file"]["sha256"]),
                *(_file(each.name, _digest(each)) for each in beside if each.exists()),
            ],
        }


def _judges(package: Path) -> Iterator[Json]:
    for weights in sorted(package.glob("judges/weights/*.onnx")):
        yield _model(f"judge-{weights.stem}", "1", _digest(weights), "Apache-2.0")


def _model(name: str, version: str, digest: str, licence: str) -> Json:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:generic/digitgan-{name}@{version}?checksum=sha256:{digest}",
        "hashes": [_sha256(digest)],
        "licenses": [{"license": {"id": licence}}],
    }


def _file(name: str, digest: str) -> Json:
    return {"type": "file", "name": name, "hashes": [_sha256(digest)]}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sha256(digest: str) -> Json:
    return {"alg": "SHA-256", "content": digest}


def _normal(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _search(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise SystemExit(f"{path} does not contain {pattern}")
    return found[1]


def main() -> None:
    """Complete the bill on stdin as the arguments say."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    package, models, *reports = map(Path, sys.argv[1:])
    read = [json.loads(path.read_text(encoding="utf-8")) for path in reports]
    text = json.dumps(complete(json.load(sys.stdin), package, models, read), indent=2)
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SystemExit(str(error))
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
