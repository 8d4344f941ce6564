"""The files that tools read: what is ignored, pinned, packaged and copied into images."""

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from digitgan import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ["digitgan", "service", "training"]
# Code, what is compiled from it, and what is read by type checkers or people alone.
NOT_PACKAGED = ("*.py", "*.pyc", "*.c", "*.so", "*.pyi", "*.md")


def test_gitignore_lists_each_pattern_once() -> None:
    patterns = (ROOT / ".gitignore").read_text(encoding="utf-8").split("\n")
    patterns = [each for each in patterns if each and not each.startswith("#")]
    assert not {each for each in patterns if patterns.count(each) > 1}


@pytest.mark.parametrize("folder", [".", "tests/clients"])
def test_pins_of_npm_have_hashes_and_no_address(folder: str) -> None:
    pins = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert not [name for name, pin in pins.items() if name and ("resolved" in pin or "integrity" not in pin)]


def test_pins_of_python_name_no_index() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        options = re.findall(r"^ *--([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert {*options} <= {"hash"}, path.name


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_contain_every_file_that_is_not_code(package: str) -> None:
    tools = PROJECT["tool"]["setuptools"]
    installed = package if package == "digitgan" else f"digitgan.{package}"
    included, excluded = (tools[key].get(installed, []) for key in ("package-data", "exclude-package-data"))
    folder = ROOT / package
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    files = [name for name in files if not matches(name, [*NOT_PACKAGED, *excluded])]
    assert not [name for name in files if not matches(name, included)]


@pytest.mark.parametrize(("image", "absent"), [("build", {"training"}), ("training-build", set())])
def test_images_copy_the_packages_that_their_command_loads(image: str, absent: set[str]) -> None:
    stages = re.split(r"^FROM .* AS ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    [stage] = [text for text in stages if text.startswith(f"{image}\n")]
    assert set(re.findall(r"^COPY (\w+) /src/\1$", stage, re.MULTILINE)) - {"exported"} == set(PACKAGES) - absent
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{package}" for package in PACKAGES} <= {*allowed}


def test_images_are_labelled_with_the_version_of_the_package() -> None:
    asked = ("make", "--dry-run", "image", "image-training", "EXTRAS=otel parquet")
    commands = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r'VERSION="(.*?)"', commands) == [__version__] * 2
    assert 'EXTRAS="otel parquet" service gateway' in commands


def test_extras_of_images_are_pinned_to_what_tests_use() -> None:
    pins = {path.stem.removeprefix("extra-"): path for path in (ROOT / "requirements").glob("extra-*.txt")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert sorted(pins) == re.findall(r"^IMAGE_EXTRAS := (.*)$", makefile, re.MULTILINE)[0].split()
    assert {*pins} <= {*PROJECT["project"]["optional-dependencies"]}
    tested = _versions(ROOT / "requirements" / "dev.txt")
    for path in (*pins.values(), ROOT / "requirements" / "training.txt"):
        assert _versions(path).items() <= tested.items(), path.name


def _versions(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.\[\],-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_notice_names_every_folder_with_a_licence_of_its_own() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    own = {path.parent for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("LICENSE")}
    named = {ROOT / folder for folder in re.findall(r"^(\S+/)(?: \(| and |$)", notice, re.MULTILINE)}
    assert own <= named
    assert all(folder.is_dir() for folder in named)


def test_package_states_the_licences_of_everything_in_the_wheel() -> None:
    in_wheel = (ROOT / "NOTICE").read_text(encoding="utf-8").partition("\nOnly in the repository")[0]
    assert {*re.findall(r"SPDX: ([\w.-]+\w)", in_wheel)} == {*PROJECT["project"]["license"].split(" AND ")}
    assert {"LICENSE", "NOTICE"} <= {*PROJECT["project"]["license-files"]}


def test_deployment_guide_names_no_version_that_is_not_released() -> None:
    guide = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = {f"v{version}" for version in re.findall(r"^## \[(\d\S*)\]", changes, re.MULTILINE)}
    named = re.findall(r"\?ref=(\S+)", guide)
    assert named
    assert {*named} <= {"main", *released}


@pytest.mark.parametrize(
    ("files", "pattern"),
    [
        ("CITATION.cff", r"^version: (\S+)$"),
        ("deploy/**/*.yaml", r"\bnewTag: (\S+?)(?:-gpu)?$"),
        ("deploy/**/*.yaml", r"/digitgan:(\S+)"),
        ("deploy/helm/*/Chart.yaml", r"^(?:version|appVersion): (\S+)$"),
        ("deploy/helm/*/values-gpu.yaml", r"\btag: (\S+)-gpu$"),
    ],
)
def test_files_that_cannot_import_the_version_state_the_same(files: str, pattern: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob(files)]
    stated = {version for text in texts for version in re.findall(pattern, text, re.MULTILINE)}
    assert stated == {__version__}


def test_changelog_tells_of_the_version_below_what_is_unreleased() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## \[(\S+)\](?: - \d{4}-\d\d-\d\d)?$", changes, re.MULTILINE)
    assert titles[:2] == ["Unreleased", __version__]


def test_commit_hooks_call_only_tools_that_lint_calls() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    named = re.findall(r"entry: (?:\.venv-dev/bin/)?(\S+)", hooks)
    assert {*named} == {*re.findall(r"^\t(?:\$\(DEV\)/bin/)?(\S+)", lint, re.MULTILINE)}


@pytest.mark.parametrize("parts", [["tests"], ["lint", "--all"]])
def test_ci_script_refuses_parts_that_it_does_not_have(parts: list[str]) -> None:
    ended = subprocess.run([ROOT / ".ci" / "run", *parts], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f".ci/run: unknown part: {parts[-1]}; allowed: docs, test, lint, package, stack\n"


def matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
