"""What is added to a bill of materials, from the files of this checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.sbom import complete
from digitgan import __version__
from tests.processes import ROOT

HASHES = {"onnxruntime": "a" * 64, "typing_extensions": "b" * 64}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder like that of the installed package."""
    for name in ("service", "training"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "__init__.py").write_bytes((ROOT / "digitgan" / "__init__.py").read_bytes())
    return tmp_path


def bill() -> dict[str, Any]:
    components = [{"name": name, "bom-ref": name} for name in HASHES]
    root = {"ref": "root-component", "dependsOn": [*HASHES]}
    return {
        "metadata": {"component": {"bom-ref": "root-component", "name": "digitgan"}},
        "components": components,
        "dependencies": [root, *({"ref": name} for name in HASHES)],
    }


def report(archives: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"install": [{"metadata": {"name": n}, "download_info": {"archive_info": a}} for n, a in archives.items()]}


def completed(package: Path) -> dict[str, Any]:
    reports = [
        report({"typing-extensions": {"hashes": {"sha256": HASHES["typing_extensions"]}}}),
        report({"onnxruntime": {"hash": f"sha256={HASHES['onnxruntime']}"}}),
    ]
    return complete(bill(), package, ROOT / "exported", reports)


def test_bill_names_the_version_of_the_application(package: Path) -> None:
    application = completed(package)["metadata"]["component"]
    assert (application["version"], application["purl"]) == (__version__, f"pkg:pypi/digitgan@{__version__}")


def test_bill_has_the_hash_of_every_downloaded_package(package: Path) -> None:
    hashes = {each["name"]: each["hashes"][0] for each in completed(package)["components"] if each["name"] in HASHES}
    assert hashes == {name: {"alg": "SHA-256", "content": digest} for name, digest in HASHES.items()}


def test_bill_is_refused_for_a_package_that_was_not_reported(package: Path) -> None:
    with pytest.raises(KeyError, match="onnxruntime"):
        complete(bill(), package, ROOT / "exported", [])


def test_bill_lists_the_vendored_javascript(package: Path) -> None:
    [library] = [each for each in completed(package)["components"] if each.get("purl", "").startswith("pkg:npm/")]
    types = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"][
        "onnxruntime-common"
    ]  # they are released together
    assert library["purl"] == f"pkg:npm/onnxruntime-web@{types}"
    assert library["licenses"] == [{"license": {"id": "MIT"}}]
    assert {file["name"] for file in library["components"]} == {
        "ort.wasm.bundle.min.mjs",
        "ort-wasm-simd-threaded.wasm",
    }


def test_bill_lists_models_and_judges_by_the_hash_of_their_files(package: Path) -> None:
    models = {each["name"]: each for each in completed(package)["components"] if "model:" in each["bom-ref"]}
    assert {*models} == {*(path.name for path in (ROOT / "exported").iterdir()), "judge-plain", "judge-residual"}
    judges = json.loads((ROOT / "training" / "metrics" / "weights" / "judges.json").read_text(encoding="utf-8"))
    assert {name: models[f"judge-{name}"]["hashes"][0]["content"] for name in judges} == {
        name: judge["sha256"] for name, judge in judges.items()
    }


def test_application_depends_on_everything_that_was_added(package: Path) -> None:
    whole = completed(package)
    assert {each["ref"] for each in whole["dependencies"]} == {
        "root-component",
        *(each["bom-ref"] for each in whole["components"]),
    }
    assert {*whole["dependencies"][0]["dependsOn"]} == {each["bom-ref"] for each in whole["components"]}
