"""The command `mcp`, as the official client of the protocol starts it."""

import asyncio
import base64
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from digitgan.cli.exits import COULD_NOT_START
from digitgan.installation import install_command
from service.cli import mcp as command
from tests.commands import digitgan
from tests.processes import PATIENCE_S, ROOT

COMMAND = [sys.executable, "-m", "digitgan", "mcp", "--threads", "1"]


def test_client_writes_the_same_number_as_the_command_line(tmp_path: Path) -> None:
    program = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], cwd=str(ROOT))

    async def connected() -> tuple[list[str], Any]:
        async with Client(program) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            return names, await client.call_tool("write_number", {"number": "12/31", "seed": 7, "height": 99})

    names, result = asyncio.run(connected())
    assert names == ["write_number", "generate_digits", "make_dataset", "read_hand"]
    file = tmp_path / "date.png"
    options = ["--seed", "7", "--ink", "--height", "99", "--layout", "natural"]
    assert digitgan("write", "12/31", *options, "-o", file).exit_code == 0
    assert base64.b64decode(result.content[0].data) == file.read_bytes()


@pytest.mark.parametrize("end", ["input", signal.SIGTERM, signal.SIGINT])
def test_command_ends_with_its_client(end: str | signal.Signals) -> None:
    message = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    with subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin and running.stdout
        try:
            running.stdin.write(message)
            running.stdin.flush()
            assert b'"id":1' in running.stdout.readline()  # it serves
            if isinstance(end, signal.Signals):
                running.send_signal(end)
            else:
                running.stdin.close()
            assert running.wait(PATIENCE_S) == {"input": 0, signal.SIGTERM: -15, signal.SIGINT: 130}[end]
        finally:
            running.kill()


def test_command_without_the_sdk_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    ended = digitgan("mcp")
    assert (ended.exit_code, ended.stdout) == (COULD_NOT_START, "")
    needed = install_command("mcp")
    assert ended.stderr == f"digitgan: the Model Context Protocol needs its SDK; install it with: {needed}\n"
