"""A replica as it is shipped: a real process with the memory and the one processor of docker-compose.yml."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from tests.hostile.groups import ROOT, MemoryGroup, shipped_limit_bytes
from tests.processes import NO_DRAIN, PATIENCE_S, children, is_running, wait_until

LIMIT_MIB = shipped_limit_bytes() / 2**20
_SETTLED_S = 0.3  # a process that takes no processor time for this long has done what was asked of it
_SETTLED_MAX_S = 20
_WARM = ('{"count":300}', "application/x-npy"), ('{"count":20}', "application/json")


@dataclass(slots=True)
class Cost:
    """What a period cost a replica.

    Attributes:
        peak_mib: the largest resident memory, in MiB.
        above_mib: the same, above that at the period's beginning.
        cpu_s: processor time, in seconds.
        stall_ms: how much longer than usual the longest answer to `/health/live` took.
        n_unanswered: how many times `/health/live` had no answer or not 200.
        is_alive: whether the replica runs, and no process was killed for memory.
    """

    peak_mib: float = 0.0
    above_mib: float = 0.0
    cpu_s: float = 0.0
    stall_ms: float = 0.0
    n_unanswered: int = 0
    is_alive: bool = True

    def __str__(self) -> str:
        end = "" if self.is_alive else ", KILLED"
        return f"+{self.above_mib:.0f} MiB ({self.peak_mib:.0f}), {self.cpu_s:.2f} s, stall {self.stall_ms:.0f} ms{end}"


class Replica:
    """A started service in a memory control group, and a probe of it; use it as a context manager.

    Args:
        arguments: further arguments of ``serve``; the settings are those that are shipped.
        reads_log: whether someone reads the log; otherwise stderr is a pipe that nobody reads after the start.

    Attributes:
        pid: the number of the process.
        host, port: where it listens.
    """

    def __init__(self, *arguments: str, reads_log: bool = True) -> None:
        self._group = MemoryGroup.create(shipped_limit_bytes())
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 # closed by end()
        command = [sys.executable, "-m", "digitgan", "serve", "--port", "0", *arguments]
        # A shell joins the group and then becomes the service, so that all of the service's memory is counted.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r start && exec "$@"', "sh", *command],
            cwd=ROOT,
            env=os.environ | NO_DRAIN,
            stdin=subprocess.PIPE,
            stderr=self._log if reads_log else subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        if self._group:
            self._group.add(self.pid)
        os.sched_setaffinity(self.pid, {max(os.sched_getaffinity(0))})
        try:
            self._start()
            self.host, self.port = self._wait_for_address(reads_log)
            self._probe = self._start_probe()
        except BaseException:
            self._end_service()
            raise
        self._warm_up()
        if not self._group:
            self._limit_address_space()
        self.idle_mib = self._memory_mib("VmRSS")

    def _start(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("start\n")
        self._process.stdin.close()

    def _wait_for_address(self, reads_log: bool) -> tuple[str, int]:
        text = ""

        def is_named() -> bool:
            nonlocal text
            assert self._process.poll() is None, f"the service did not start:\n{text}"
            if reads_log:
                text = self.log
            else:
                assert self._process.stderr is not None
                text += self._process.stderr.readline()
            return bool(re.search(r"running on (http://[\d.:]+)", text))

        wait_until(is_named)
        address = urlsplit(re.findall(r"running on (http://[\d.:]+)", text)[0])
        return str(address.hostname), int(address.port or 80)

    def _start_probe(self) -> subprocess.Popen[str]:
        program = Path(__file__).with_name("probe.py")
        return subprocess.Popen(
            [sys.executable, "-S", str(program), self.host, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _warm_up(self) -> None:
        from tests.hostile.clients import Request, send

        for body, accept in _WARM:
            assert send(self, [Request("POST", "/generate", body, accept)]).statuses == {200: 1}
        self.settle()

    def _limit_address_space(self) -> None:
        """Protect this machine where there is no control group; tests compare the peak with the limit themselves."""
        taken = 1024 * self._status_kib(self.pid, "VmSize")
        most = taken + 2 * shipped_limit_bytes()
        resource.prlimit(self.pid, resource.RLIMIT_AS, (most, most))

    @property
    def log(self) -> str:
        """What the service has written to stderr so far."""
        with open(f"/proc/self/fd/{self._log.fileno()}") as log:  # noqa: PTH123 # its own position in the file
            return log.read()

    @property
    def is_alive(self) -> bool:
        """Whether the service runs and no process of it was killed for memory."""
        return self._process.poll() is None and not (self._group and self._group.n_killed)

    @property
    def is_fresh(self) -> bool:
        """Whether the service runs with about the memory that it had at the start."""
        return self.is_alive and self._memory_mib("VmRSS") < 1.3 * self.idle_mib

    def settle(self) -> None:
        """Wait until the service has done what was asked of it: until its memory and its threads are at rest."""
        started = time.monotonic()
        while self.is_alive and time.monotonic() - started < _SETTLED_MAX_S:
            before = self._work()
            time.sleep(_SETTLED_S)
            if self._work() == before:
                return

    def _work(self) -> tuple[float, ...]:
        """Return what changes while the service works, except what the probe lets the event loop do."""
        threads = {
            thread: int((thread / "schedstat").read_text().split()[0])
            for thread in Path(f"/proc/{self.pid}/task").iterdir()
            if thread.name != str(self.pid)
        }
        return round(self._memory_mib("VmRSS")), len(threads), round(sum(threads.values()) / 5e7)

    def probe(self) -> dict[str, float]:
        """Return the probe's results since the last call."""
        assert self._probe.stdin is not None
        assert self._probe.stdout is not None
        self._probe.stdin.write("\n")
        self._probe.stdin.flush()
        return dict(json.loads(self._probe.stdout.readline()))

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        """Yield a cost that is complete after the block."""
        cost = Cost()
        for pid in self._pids():
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak starts anew (proc(5))
        before_mib, before_s, began = self._memory_mib("VmRSS"), self._cpu_s(), time.monotonic()
        usual = self.probe()
        yield cost
        seen = self.probe()
        cost.is_alive = self.is_alive
        cost.stall_ms = max(0.0, seen["longest_ms"] - usual["median_ms"])
        cost.n_unanswered = int(seen["failures"])
        if cost.is_alive:
            cost.peak_mib = self._memory_mib("VmHWM")
            # What the probe itself takes is not the attack's.
            cost.cpu_s = max(0.0, self._cpu_s() - before_s - 0.0004 * seen["answers"])
        else:
            cost.peak_mib, cost.cpu_s = LIMIT_MIB, time.monotonic() - began
        cost.above_mib = max(0.0, cost.peak_mib - before_mib)

    def __enter__(self) -> "Replica":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the service and the probe."""
        assert self._probe.stdin is not None
        assert self._probe.stdout is not None
        self._probe.stdin.close()
        self._probe.wait(PATIENCE_S)
        self._probe.stdout.close()
        self._end_service()

    def _end_service(self) -> None:
        pids = self._pids()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)
        wait_until(lambda: not any(map(is_running, pids)))
        if self._process.stderr:
            self._process.stderr.close()
        self._log.close()
        if self._group:
            wait_until(lambda: not (self._group.folder / "cgroup.procs").read_text())  # type: ignore[union-attr]
            self._group.remove()

    def _pids(self) -> list[int]:
        try:
            return [self.pid, *children(self.pid)]
        except (FileNotFoundError, ProcessLookupError):
            return [self.pid]

    def _memory_mib(self, field: str) -> float:
        return sum(self._status_kib(pid, field) for pid in self._pids()) / 1024

    @staticmethod
    def _status_kib(pid: int, field: str) -> int:
        try:
            found = re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return int(found[1]) if found else 0  # a process that has ended has no memory

    def _cpu_s(self) -> float:
        """Return the processor time of the service's processes, from their clocks (clock_getcpuclockid(3))."""
        total = 0.0
        for pid in self._pids():
            with suppress(OSError):
                total += time.clock_gettime((~pid << 3) | 2)
        return total
