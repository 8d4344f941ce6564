"""Environments with what is in dist/, as a stranger makes them: away from the checkout, and with an empty home."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

TIMEOUT_S = 500  # ten times what an idle machine needs for the longest command, a training run


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, the folder in which its commands run, and their home.

    Attributes:
        folder: the environment.
        work: where commands run; empty at first.
        home: their home, which stays empty.
    """

    folder: Path
    work: Path
    home: Path

    @property
    def python(self) -> Path:
        """Return the interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site(self) -> Path:
        """Return the folder into which packages are installed."""
        [site] = self.folder.glob("lib/python3*/site-packages")
        return site

    def environ(self, **more: str) -> dict[str, str]:
        """Return the variables of a stranger's process: nothing of this one's."""
        path = f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        return {"HOME": str(self.home), "LANG": "C.UTF-8", "PATH": path, **more}

    def run(self, *words: object, status: int = 0, **more: str) -> subprocess.CompletedProcess[bytes]:
        """Run a program of the environment that must end with a status."""
        command = [str(self.folder / "bin" / str(words[0])), *map(str, words[1:])]
        ended = subprocess.run(
            command, cwd=self.work, env=self.environ(**more), capture_output=True, timeout=TIMEOUT_S, check=False
        )
        assert ended.returncode == status, (command, ended.returncode, ended.stdout[-2000:], ended.stderr.decode())
        return ended

    def files(self) -> dict[str, int]:
        """Return the installed files, each with the time of its last change."""
        return {str(path): path.stat().st_mtime_ns for path in self.site.rglob("*") if path.is_file()}


def create(folder: Path, *, has_pip: bool) -> Environment:
    """Make an environment without packages."""
    created = Environment(folder / "with spaces" / "venv", folder / "empty", folder / "home")
    for each in (created.work, created.home):
        each.mkdir(parents=True)
    pip = [] if has_pip else ["--without-pip"]
    subprocess.run([sys.executable, "-m", "venv", *pip, created.folder], check=True, timeout=TIMEOUT_S)
    return created


def pip(environment: Environment, *words: object) -> None:
    """Run this interpreter's pip for an environment, with this process's configuration of package indexes."""
    command = [sys.executable, "-m", "pip", "--python", str(environment.python), "--quiet", *map(str, words)]
    subprocess.run(command, check=True, env=without_checkout(), timeout=TIMEOUT_S)


def without_checkout() -> dict[str, str]:
    """Return the variables of this process without those that lead Python to the checkout or to another environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def install(environment: Environment, wheel: Path) -> None:
    """Install a wheel without its dependencies."""
    pip(environment, "install", "--no-deps", "--no-index", wheel)


def borrow(environment: Environment, extras: Sequence[str], source: Path) -> None:
    """Link what the installed package and its extras require from the packages of another environment.

    Nothing else of that environment can be imported, so a requirement that is not declared is missing here, too.
    """
    [package] = distributions(name="digitgan", path=[str(environment.site)])
    found = {canonicalize_name(each.metadata["Name"]): each for each in distributions(path=[str(source)])}
    waiting, seen = _required(package, extras), set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        waiting += _required(found[name], wanted)
        for top in {file.parts[0] for file in found[name].files or ()} - {"..", "__pycache__"}:
            if not (environment.site / top).exists():
                (environment.site / top).symlink_to(source / top)


def _required(distribution: Distribution, extras: Iterable[str]) -> list[tuple[NormalizedName, frozenset[str]]]:
    """Return the names of the distributions that one requires here, each with its extras."""
    requirements = [Requirement(line) for line in distribution.requires or ()]
    return [
        (canonicalize_name(each.name), frozenset(each.extras))
        for each in requirements
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in (*extras, ""))
    ]
