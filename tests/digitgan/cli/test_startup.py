"""The start of a process that is interrupted at once, or whose standard streams are closed."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.processes import NO_DRAIN, PATIENCE_S, ROOT, children, listening_ports, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads /proc")

CLOSED = "<&- >&- 2>&-"


def start(command: str, redirections: str = "", **environment: str) -> "subprocess.Popen[str]":
    """Start a command through a shell, which it replaces."""
    line = f"exec {shlex.quote(sys.executable)} -m digitgan {command} {redirections}"
    return subprocess.Popen(
        ["sh", "-c", line],
        cwd=ROOT,
        env=os.environ | NO_DRAIN | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=restore_interrupts,
    )


def restore_interrupts() -> None:
    """Heed SIGINT, which a shell ignores in background processes such as these tests may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_end(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Return the status, stdout and stderr of a process once it ends; kill it and fail if it does not."""
    try:
        printed = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, *printed


@pytest.mark.parametrize("command", ["serve", "write 7"])
def test_interrupt_during_the_first_imports_ends_silently(command: str, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    (tmp_path / "pydantic.py").write_text(
        f"import pathlib, time\npathlib.Path({str(loads)!r}).touch()\ntime.sleep(60)\n"
    )
    process = start(command, PYTHONPATH=str(tmp_path))
    wait_until(loads.exists)
    process.send_signal(signal.SIGINT)
    assert wait_for_end(process) == (130, "", "")


@pytest.mark.parametrize("redirections", ["2>&-", CLOSED], ids=["stderr", "all"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_service_with_closed_streams_serves_and_ends_in_order(redirections: str, workers: str) -> None:
    process = start(f"serve --port 0 --workers {workers}", redirections)
    served_by: list[int] = []

    def is_listening() -> bool:
        served_by[:] = [pid for pid in (process.pid, *children(process.pid)) if listening_ports(pid)]
        return bool(served_by)

    try:
        wait_until(is_listening)
        [port] = listening_ports(served_by[0])
        assert httpx.post(f"http://127.0.0.1:{port}/generate", json={"seeds": 1}, timeout=PATIENCE_S).status_code == 200
        for pid in {process.pid, *served_by}:
            assert str(Path(f"/proc/{pid}/fd/2").readlink()) == os.devnull
    finally:
        process.terminate()
        ended = wait_for_end(process)
    assert ended == (0, "", "")


def test_message_to_a_closed_stderr_appears_nowhere_else() -> None:
    process = start("serve --models-dir nowhere", "2>&-")
    assert wait_for_end(process) == (3, "", "")
