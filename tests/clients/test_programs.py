"""Clients of other protocols, unmodified, against the service and through the shipped gateway.

They are the programs of README.md and docs/http.md. Those for Node have their packages, at pinned versions, from npm.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.docs import test_http, test_readme
from tests.docs.test_readme import run
from tests.gateway import gateway, needs_haproxy
from tests.processes import serving
from tests.programs import find, skip_without

HERE = Path(__file__).parent
PROGRAMS = [*(("python", program) for program in test_http.PROGRAMS), *test_readme.CLIENTS]
SCENARIOS = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def through_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yield a client of the gateway in front of one replica."""
    folder = tmp_path_factory.mktemp("gateway")
    with ExitStack() as running:
        front = running.enter_context(gateway(folder / "access.log"))
        running.enter_context(serving("--host", "127.0.0.2", "--port", str(front.replica_port), "--threads", "1"))
        front.set_replicas("127.0.0.2")
        yield running.enter_context(front.client())


def writes_a_picture(program: str, language: str, service: httpx.Client, folder: Path) -> None:
    """Run a program, and check that it wrote a picture, or printed that it got four."""
    printed = run(program, service, folder, language)
    written = [*folder.glob("*.png")]
    if not written:
        assert printed.count("image_generation.") == 4, program
        return
    [file] = written
    with Image.open(file) as image:
        image.load()
    file.unlink()


@needs_haproxy
def test_programs_of_the_documentation_run_through_the_gateway(through_gateway: httpx.Client, tmp_path: Path) -> None:
    """Without it, tests/docs runs them."""
    for language, program in PROGRAMS:
        if language != "js" or find("node"):
            writes_a_picture(program, language, through_gateway, tmp_path)


@pytest.mark.parametrize("program", test_http.NODE_PROGRAMS, ids=range(len(test_http.NODE_PROGRAMS)))
def test_node_program_runs_with_and_without_the_gateway(
    program: str, packages: Path, service: httpx.Client, request: pytest.FixtureRequest
) -> None:
    writes_a_picture(program, "js", service, packages)
    if find("haproxy"):
        writes_a_picture(program, "js", request.getfixturevalue("through_gateway"), packages)


def test_mcp_conformance_suite_passes_what_is_not_about_its_own_server(packages: Path, service: httpx.Client) -> None:
    node = shutil.which("node", path=packages / "node_modules" / ".bin") or skip_without(
        "node", shows="MCP conformance"
    )
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version[1:].partition(".")[0]) < 22:  # npm brings a newer one only for Linux on x86-64
        pytest.skip(f"needs Node 22 or newer, not {version.strip()}; not shown: MCP conformance")
    program = packages / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    for scenario in SCENARIOS:
        command = [node, str(program), "server", "--url", str(service.base_url.join("/mcp")), "--scenario", scenario]
        done = subprocess.run(command, cwd=packages, capture_output=True, text=True, timeout=120, check=False)
        assert re.search(r"Passed: [1-9]/[1-9], 0 failed, 0 warnings", done.stdout), done.stdout + done.stderr
