"""The service as processes, started as an operator starts it."""

import os
import re
import resource
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import httpx
import pytest

ROOT = Path(__file__).parents[1]
NO_DRAIN = {"DIGITGAN_DRAIN_S": "0"}  # no gateway checks the readiness of these
_ESTABLISHED, _LISTEN = "01", "0A"  # states of a socket, as the kernel writes them
PATIENCE_S = 120  # enough for a busy machine


class Installation(NamedTuple):
    """A ``digitgan`` to start: its command, the folder in which it runs, and its variables."""

    command: Sequence[str]
    folder: Path
    variables: Mapping[str, str]


CHECKOUT = Installation([sys.executable, "-m", "digitgan"], ROOT, os.environ)


class Service:
    """A started ``digitgan serve``, with its `url` once it is ready and its `log` until then."""

    def __init__(self, *arguments: str, of: Installation = CHECKOUT, **environment: str) -> None:
        command = [*of.command, "serve", "--port", "0", *arguments]
        variables = {**of.variables, **NO_DRAIN, **environment}
        self.process = subprocess.Popen(command, cwd=of.folder, env=variables, stderr=subprocess.PIPE, text=True)
        self.log = ""
        self.url = ""

    def wait_until_ready(self) -> None:
        """Read the log up to the line that names the address."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line
            if found := re.search(r"running on (http://[\d.:[\]]+|unix:\S+)", line):
                self.url = found[1]
                return
        pytest.fail(f"the service did not start:\n{self.log}")

    def workers(self, n: int, *, without: int | None = None) -> list[int]:
        """Wait until n workers accept connections at the same time, not counting one, and return them in order.

        A worker counts while its event loop waits for connections: it opens the socket earlier, and stops waiting for
        milliseconds when another worker should accept.
        """
        found: list[int] = []

        def are_accepting() -> bool:
            found[:] = sorted(self._accepting() - {without})
            return len(found) == n

        wait_until(are_accepting)
        return found

    def _accepting(self) -> set[int]:
        port = int(self.url.rpartition(":")[2])
        listening = {inode for inode, state, local, _ in _connections() if state == _LISTEN and local == port}
        return {pid for pid in children(self.process.pid) if listening & set(_polled_sockets(pid))}

    @property
    def resident_mib(self) -> float:
        """The resident memory of the started process in MiB, without that of any workers."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    @property
    def n_descriptors(self) -> int:
        """The number of open descriptors of the started process."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        self.log += self.process.stderr.read()
        return self.process.wait(PATIENCE_S)

    def client(self) -> httpx.Client:
        """Return a client that opens a new connection for each request."""
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(base_url=self.url, limits=limits, timeout=PATIENCE_S)


@contextmanager
def serving(*arguments: str, of: Installation = CHECKOUT, **environment: str) -> Iterator[Service]:
    """Yield a service that is ready, and end it after the block if it still runs."""
    service = Service(*arguments, of=of, **environment)
    try:
        service.wait_until_ready()
        yield service
    finally:
        if service.process.poll() is None:
            service.end()
        assert service.process.stderr is not None
        service.process.stderr.close()


def without_events(log: str) -> str:
    """Return a log in text without the lines that a service writes about its life while all is well."""
    return re.sub(r"^\S+ INFO +service\.events: .*\n", "", log, flags=re.MULTILINE)


@contextmanager
def without_descriptors() -> Iterator[None]:
    """Let this process open no file in the block, as if its clients' connections had taken all descriptors."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)


def pss_kib(pid: int) -> int:
    """Return the proportional set size of a process: its own memory, and its share of what it shares."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    [kib] = [int(line.split()[1]) for line in rollup if line.startswith("Pss:")]
    return kib


def children(parent: int) -> set[int]:
    """Return the running processes that a process has started."""
    return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended stays in /proc until its parent waits for it."""
    try:
        return _stat(pid)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def started_s(pid: int) -> float:
    """Return when a process was started, on the clock that starts with the machine."""
    return int(_stat(pid)[19]) / os.sysconf("SC_CLK_TCK")


def waiting_s(pid: int) -> float:
    """Return the seconds for which a process's first thread has waited for a processor so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def cpu_s(pid: int) -> float:
    """Return the processor time of a process so far, in seconds."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_s(program: list[str], times: int = 5) -> float:
    """Return the median processor time of a program in seconds."""
    costs = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *program], cwd=ROOT, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(costs)


def peers(pid: int) -> set[int]:
    """Return the ports at the other ends of a process's connections."""
    own = set(_sockets(pid))
    return {remote for inode, state, _, remote in _connections() if state == _ESTABLISHED and inode in own}


def listening_ports(pid: int) -> set[int]:
    """Return the ports on which a process listens; none once it has ended."""
    own = set(_sockets(pid))
    return {local for inode, state, local, _ in _connections() if state == _LISTEN and inode in own}


def wait_until(holds: Callable[[], object], patience_s: float = PATIENCE_S, pause_s: float = 0.02) -> float:
    """Wait until a condition holds, and return the seconds that took; fail if it never holds."""
    started = monotonic()
    while not holds():
        assert monotonic() - started < patience_s, "the condition never held"
        sleep(pause_s)
    return monotonic() - started


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the process's state on (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _connections() -> Iterator[tuple[str, str, int, int]]:
    """Yield the inode, state, own port and remote port of every IPv4 socket."""
    for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:]):
        own, other = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
        yield fields[9], fields[3], own, other


def _sockets(pid: int) -> Iterator[str]:
    """Yield the inode of each socket that a process has open."""
    yield from (inode for _, inode in _descriptors(pid, r"socket:\[(\d+)\]"))


def _polled_sockets(pid: int) -> Iterator[str]:
    """Yield the inode of each socket that a process polls by epoll."""
    sockets = dict(_descriptors(pid, r"socket:\[(\d+)\]"))
    for descriptor, _ in _descriptors(pid, r"anon_inode:(\[eventpoll\])"):
        with suppress(OSError):
            info = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
            yield from (sockets[each] for each in re.findall(r"tfd: *(\d+)", info) if each in sockets)


def _descriptors(pid: int, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the descriptors of a process whose target matches a pattern, each with the pattern's group."""
    with suppress(FileNotFoundError):  # it has ended meanwhile
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                if found := re.fullmatch(pattern, str(descriptor.readlink())):
                    yield descriptor.name, found[1]
