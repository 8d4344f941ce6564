"""What is added to a bill of materials, from the files of this checkout."""

import hashlib
import json
import subprocess
import sys
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
    (tmp_path / "service").symlink_to(ROOT / "service")
    (tmp_path / "judges").symlink_to(ROOT / "digitgan" / "judges")
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
    files = {file["name"]: file["hashes"][0]["content"] for file in library["components"]}
    assert {*files} == {
        "ort.wasm.bundle.min.mjs",
        "ort-wasm-simd-threaded.wasm",
        "ort-wasm-simd-threaded.wasm.zst",
    }
    shipped = [path for path in (package / "service/static/vendor/onnxruntime-web").iterdir() if path.name in files]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped}.items() <= files.items()


def test_bill_lists_models_and_judges_by_the_hash_of_their_files(package: Path) -> None:
    models = {each["name"]: each for each in completed(package)["components"] if "model:" in each["bom-ref"]}
    assert {*models} == {*(path.name for path in (ROOT / "exported").iterdir()), "judge-plain", "judge-residual"}
    judges = json.loads((ROOT / "digitgan" / "judges" / "weights" / "judges.json").read_text(encoding="utf-8"))
    assert {name: models[f"judge-{name}"]["hashes"][0]["content"] for name in judges} == {
        name: judge["sha256"] for name, judge in judges.items()
    }


def test_bill_has_the_hash_of_every_file_of_a_model(package: Path) -> None:
    for each in completed(package)["components"]:
        if each["bom-ref"].startswith("model:") and "components" in each:
            folder = ROOT / "exported" / each["name"] / each["version"]
            billed = {file["name"]: file["hashes"][0]["content"] for file in each["components"]}
            files = (*folder.glob("*.onnx"), *folder.glob("map.json"))
            there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
            assert billed == there


def test_every_component_has_version_address_and_hashes(package: Path) -> None:
    for each in completed(package)["components"][len(HASHES) :]:  # cyclonedx-py gives the others version and address
        assert each["version"]
        assert each["purl"].startswith(f"pkg:{'npm' if each['type'] == 'library' else 'generic'}/")
        assert all(file["hashes"] for file in each.get("components", [each]))


def test_serial_number_depends_on_the_contents_alone(package: Path) -> None:
    first, again = completed(package), completed(package)
    assert first["serialNumber"] == again["serialNumber"]
    (package / "__init__.py").write_text('__version__ = "9.9.9"\n')
    assert completed(package)["serialNumber"] != first["serialNumber"]


@pytest.mark.slow  # installs the tools that the image is built with
def test_bill_of_an_environment_meets_the_schema(package: Path, tmp_path: Path) -> None:
    def run(*command: str | Path, text: str | None = None) -> str:
        return subprocess.run(command, cwd=ROOT, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout

    tools, environment, installed = tmp_path / "tools" / "bin", tmp_path / "environment", tmp_path / "installed.json"
    run(sys.executable, "-m", "venv", tools.parent)
    run(tools / "pip", "install", "--quiet", "--require-hashes", "-r", "requirements/sbom.txt")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    run(tools / "pip", "--python", python, "install", "--quiet", "--report", installed, "click", "typing-extensions")
    listed = run(
        *(tools / "cyclonedx-py", "environment", "--output-reproducible", "--pyproject", "pyproject.toml", python)
    )
    whole = json.loads(
        run(tools / "python", "deploy/sbom.py", package, "exported", installed, text=listed)
    )  # or it has ended with what the schema refuses
    assert {"click", "typing_extensions", "onnxruntime-web", "digits"} <= {each["name"] for each in whole["components"]}
    assert all(each["version"] and each["purl"] for each in whole["components"])


def test_application_depends_on_everything_that_was_added(package: Path) -> None:
    whole = completed(package)
    assert {each["ref"] for each in whole["dependencies"]} == {
        "root-component",
        *(each["bom-ref"] for each in whole["components"]),
    }
    assert {*whole["dependencies"][0]["dependsOn"]} == {each["bom-ref"] for each in whole["components"]}
