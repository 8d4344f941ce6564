"""A memory control group of the size that docker-compose.yml gives a replica."""

import os
import re
from contextlib import suppress
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
_CONTROL = Path("/sys/fs/cgroup")


def shipped_limit_bytes() -> int:
    """Return the memory limit of a replica in docker-compose.yml, in bytes."""
    limit = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["service"]["mem_limit"]
    number, unit = re.fullmatch(r"(\d+)([kmg])", limit).groups()  # type: ignore[union-attr]
    return int(number) << {"k": 10, "m": 20, "g": 30}[unit]


class MemoryGroup:
    """A memory control group below that of this process, of either version of Linux's interface."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Make the group; OSError if this user may not."""
        folder.mkdir()
        self.folder = folder
        self._is_v2 = (folder / "memory.max").exists()
        try:
            self._write("memory.max" if self._is_v2 else "memory.limit_in_bytes", limit_bytes)
        except OSError:
            folder.rmdir()
            raise
        with suppress(OSError):  # where there is swap, the group must not use it
            swap, most = ("memory.swap.max", 0) if self._is_v2 else ("memory.memsw.limit_in_bytes", limit_bytes)
            self._write(swap, most)

    @classmethod
    def create(cls, limit_bytes: int) -> "MemoryGroup | None":
        """Return a new group, or None where control groups are missing or may not be written."""
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, own = line.split(":", 2)
            if controllers in ("memory", ""):
                parent = _CONTROL / controllers / own.lstrip("/")
                with suppress(OSError):
                    return cls(parent / f"digitgan-hostile-{os.getpid()}-{os.urandom(3).hex()}", limit_bytes)
        return None

    def add(self, pid: int) -> None:
        """Move a process into the group; what it starts from then on is in it as well."""
        self._write("cgroup.procs", pid)

    @property
    def n_killed(self) -> int:
        """The number of processes that the kernel has killed for the group's memory."""
        text = (self.folder / ("memory.events" if self._is_v2 else "memory.oom_control")).read_text()
        return sum(int(n) for n in re.findall(r"^oom_kill (\d+)$", text, re.MULTILINE))

    def remove(self) -> None:
        """Remove the group, whose processes must have ended."""
        self.folder.rmdir()

    def _write(self, name: str, value: int) -> None:
        (self.folder / name).write_text(str(value))
