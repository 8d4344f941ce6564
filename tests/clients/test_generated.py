"""Clients that well-known generators make of the service's own description: they compile, and get the same bytes.

The generators write into temporary folders; nothing of theirs is part of this project.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.process.uvicorn_adapter import Connection
from service.settings import Settings
from tests.environments import python_with
from tests.live import live
from tests.processes import PATIENCE_S
from tests.programs import find, needs

PROGRAMS = Path(__file__).parent / "generated"
GENERATOR = importlib.util.find_spec("openapi_generator_cli")  # brings the generator as a Java archive
TSC = find("tsc")
SEED = 2**40  # needs more than 32 bits

GENERATED = "clients that are made from the description"
needs_go, needs_java, needs_node, needs_tsc = (needs(name, shows=GENERATED) for name in ("go", "java", "node", "tsc"))
needs_generator = pytest.mark.skipif(GENERATOR is None, reason="needs the package openapi-generator-cli")


def executed(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Return what a command prints, which must not fail."""
    ended = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 0, ended.stdout[-4_000:] + ended.stderr[-4_000:]
    return ended.stdout


@pytest.fixture(scope="module")
def service(models_dir: Path) -> Iterator[httpx.Client]:
    """Yield a client of the service behind its own HTTP parser: Java offers an upgrade to HTTP/2 with each body."""
    with live(create_app(Settings(models_dir=models_dir, threads=1)), connection=Connection) as client:
        yield client


@pytest.fixture
def description(service: httpx.Client, tmp_path: Path) -> Path:
    """Return a file with the description of the running service."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(service.get("/openapi.json").json()))
    return file


def archive() -> str:
    assert GENERATOR is not None and GENERATOR.submodule_search_locations
    return str(Path(GENERATOR.submodule_search_locations[0]) / "openapi-generator.jar")


def generate(description: Path, language: str, folder: Path, *options: str) -> Path:
    """Generate a client of a description by openapi-generator, and return its folder."""
    client = folder / "client"
    command = ("java", "-jar", archive(), "generate", "-g", language, "-i", description, "-o", client)
    executed(*command, *options, cwd=folder)
    return client


def python(description: Path, folder: Path) -> Callable[[str], str]:
    client = generate(description, "python", folder)
    program = (sys.executable, PROGRAMS / "use.py")
    return lambda url: executed(*program, url, cwd=folder, PYTHONPATH=os.pathsep.join([str(client), *sys.path]))


def python_httpx(description: Path, folder: Path) -> Callable[[str], str]:
    """Generate a client by openapi-python-client, in an environment of its own: it needs an older typer."""
    interpreter = python_with("openapi-python-client", folder / "venv")
    command = (interpreter, "-m", "openapi_python_client", "generate", "--path", description, "--meta", "none")
    executed(*command, "--output-path", folder / "digitgan_client", cwd=folder)
    return lambda url: executed(interpreter, PROGRAMS / "use_httpx.py", url, cwd=folder, PYTHONPATH=str(folder))


def typescript(description: Path, folder: Path) -> Callable[[str], str]:
    generate(description, "typescript-fetch", folder, "--additional-properties", "importFileExtension=.js")
    shutil.copy(PROGRAMS / "use.ts", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    options = ("--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext")
    executed(str(TSC), *options, "use.ts", cwd=folder)
    return lambda url: executed("node", "use.js", url, cwd=folder)


# What a generated project fetches beside the libraries in the generator's own archive.
FORMS = Path("/usr/share/java/httpmime.jar")
needs_forms = pytest.mark.skipif(not FORMS.exists(), reason="needs httpmime.jar (apt install libhttpmime-java)")


def java(description: Path, folder: Path) -> Callable[[str], str]:
    """Generate a client by openapi-generator, whose own archive has the libraries that the client needs."""
    client = generate(
        description, "java", folder, "--library", "native", "--additional-properties", "openApiNullable=false"
    )
    sources = [str(each) for each in (client / "src" / "main").rglob("*.java")]
    (folder / "annotations").mkdir()
    annotation = (
        "package javax.annotation; public @interface Generated { String[] value(); String date(); String comments(); }"
    )
    (folder / "annotations" / "Generated.java").write_text(annotation)  # of every Java up to 8, in no library since
    libraries = f"{archive()}:{FORMS}:{FORMS.with_name('httpcore.jar')}"
    compiled = ("javac", "-proc:none", "-nowarn", "-d", "classes", "-cp", libraries)
    executed(*compiled, *sources, "annotations/Generated.java", PROGRAMS / "Use.java", cwd=folder)
    return lambda url: executed("java", "-cp", f"classes:{libraries}", "Use", url, cwd=folder)


def go(description: Path, folder: Path) -> Callable[[str], str]:
    client = generate(description, "go", folder)
    executed("go", "mod", "edit", "-module", "digitgan/client", cwd=client)
    (client / "use").mkdir()
    shutil.copy(PROGRAMS / "use.go", client / "use")
    executed("go", "build", "-o", "use.program", "./use", cwd=client)
    return lambda url: executed(client / "use.program", url, cwd=folder)


@pytest.mark.timeout(900)  # compilers take a minute or two of a busy machine
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(python, marks=[needs_generator, needs_java]),
        pytest.param(typescript, marks=[needs_generator, needs_java, needs_node, needs_tsc]),
        pytest.param(java, marks=[needs_generator, needs_java, needs_forms, pytest.mark.slow]),
        pytest.param(go, marks=[needs_generator, needs_java, needs_go, pytest.mark.slow]),
        pytest.param(python_httpx, marks=pytest.mark.slow),
    ],
    ids=lambda make: make.__name__,
)
def test_generated_client_gets_the_bytes_of_a_digit(
    service: httpx.Client, description: Path, tmp_path: Path, make: Callable[[Path, Path], Callable[[str], str]]
) -> None:
    use = make(description, tmp_path)
    expected = service.get(f"/digits/3/{SEED}.png").raise_for_status().content
    printed = use(str(service.base_url).rstrip("/"))
    assert printed.split() == [expected.hex()] * 2


@pytest.mark.slow
@needs_generator
@needs_java
@pytest.mark.parametrize("language", ["rust", "csharp", "php", "typescript-axios"])
def test_generator_makes_plain_fields_of_every_body(description: Path, tmp_path: Path, language: str) -> None:
    client = generate(description, language, tmp_path)
    schemas: dict[str, Any] = json.loads(description.read_text())["components"]["schemas"]
    sources = [each.read_text() for each in client.rglob("*") if each.suffix in (".rs", ".cs", ".php", ".ts")]
    for body in ("GenerateRequest", "DatasetRequest", "LatentsRequest", "InterpolateRequest", "InferRequest"):
        assert any(all(field in source for field in schemas[body]["properties"]) for source in sources), body
