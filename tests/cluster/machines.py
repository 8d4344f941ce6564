"""Machines on which Ray was never used: namespaces with an address, processes and files of their own.

The program that uses this module must be in such namespaces itself, as `test_ray` starts it: they end with it, and with
them whatever runs on its machines. Needs Linux, and of its programs unshare, nsenter, mount and ip.
"""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from tests.processes import ROOT, children

_SWITCH = "switch"  # to which all machines are connected, and this program
SWITCH_ADDRESS = "10.0.0.254"  # of this program, for the machines
_SEVERAL = "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"
NAMESPACES = ["unshare", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")), *_SEVERAL]

# What a machine's first process does: hide the files of this machine but for some folders, take an address once there
# is a network, and then only reap the processes whose parent has ended.
_FIRST = """
mount -t tmpfs tmpfs /srv
for each; do mkdir -p "/srv/keep$each" && mount --bind "$each" "/srv/keep$each"; done
mount -t tmpfs tmpfs /tmp && mount -t tmpfs -o size=256m tmpfs /dev/shm
for each; do mkdir -p "$each" && mount --bind "/srv/keep$each" "$each"; done
mkdir /srv/digitgan /srv/home && ln -s "$ROOT/exported" /srv/digitgan/exported
echo started && read network
ip link set lo up && ip address add "$ADDRESS/24" dev eth0 && ip link set eth0 up && ip route add default via "$SWITCH"
echo connected && read forever
"""
_numbers = count(1)


class Machine:
    """A machine with its `address`, and the models where deploy/ray/node.env expects them.

    Args:
        venv: the environment whose programs it has; the package is the checkout.
        folders: further folders of this machine that it has.
        variables: what each of its commands gets.
    """

    def __init__(self, venv: Path, folders: Sequence[Path], variables: Mapping[str, str]) -> None:
        number = next(_numbers)
        self.address = f"10.0.0.{number}"
        own = {"ADDRESS": self.address, "SWITCH": SWITCH_ADDRESS, "ROOT": str(ROOT), "HOME": "/srv/home"}
        own["PYTHONPATH"] = str(ROOT)
        path = f"{venv / 'bin'}:{os.environ['PATH']}"
        self._variables = {"LANG": "C.UTF-8", **variables, **own, "PATH": path}
        command = [*NAMESPACES, "sh", "-euc", _FIRST, "sh", *map(str, (venv, ROOT, *folders))]
        self._process = subprocess.Popen(
            command, env=self._variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._await("started")
        [self._first] = children(self._process.pid)
        outer = f"machine{number}"
        ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", str(self._first))
        ip("link", "set", outer, "master", _SWITCH, "up")
        self._say("network")
        self._await("connected")

    def start(self, script: str) -> "subprocess.Popen[str]":
        """Start a shell script in the checkout's folder, with all that it prints on a pipe each."""
        command = ["nsenter", "--net", "--mount", "--pid", f"--target={self._first}", "sh", "-euc"]
        command.append(f'cd "$ROOT"\n{script}')
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self._variables, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def run(self, script: str) -> str:
        """Run a shell script, and return what it prints.

        Raises:
            AssertionError: it failed; the text says how, with all that it printed.
        """
        process = self.start(script)
        out, err = process.communicate()
        assert process.returncode == 0, f"{self.address}: {script}\nstatus {process.returncode}\n{out}{err}"
        return out

    def total(self, measure: Callable[[int], float], title: str = "") -> float:
        """Return the sum of a measure of all processes whose title begins like this, by this program's numbers."""
        total, own = 0.0, Path(f"/proc/{self._first}/ns/pid").readlink()
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError):  # it has ended
                if (each / "ns/pid").readlink() == own and (each / "cmdline").read_text().startswith(title):
                    total += measure(int(each.name))
        return total

    def kill(self) -> None:
        """Kill all processes at once; the kernel then closes their connections and refuses new ones."""
        self.run("kill -KILL -1 || true")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _await(self, line: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == line + "\n", "the machine did not start; stderr says why"


def switch_on() -> None:
    """Connect this program to the machines that are started from now on."""
    ip("link", "set", "lo", "up")
    ip("link", "add", _SWITCH, "type", "bridge")
    ip("address", "add", f"{SWITCH_ADDRESS}/24", "dev", _SWITCH)
    ip("link", "set", _SWITCH, "up")


def ip(*arguments: str) -> None:
    """Run `ip`, whose errors go to stderr."""
    subprocess.run(["ip", *arguments], check=True)
