"""Install the servers to compare with, each in a virtual environment apart from this project's own.

    python -m bench.peers install [--missing] [NAME ...]

The environments are outside the checkout, in ``~/.cache/digitgan-bench`` or in the folder that BENCH_PEERS names.
"""

import argparse
import os
import subprocess
from pathlib import Path

FOLDER = Path(os.environ.get("BENCH_PEERS", Path.home() / ".cache" / "digitgan-bench"))
_COMMON = ["onnxruntime", "numpy", "pillow", "pybase64", "pydantic"]  # the last two for this project's seeds and PNGs
_PEERS = {
    "litserve": ["litserve"],
    # Its Python stub fails with the standard library of the newest 3.11 releases, but works with Debian's 3.11.2.
    "triton": ["nvidia-pytriton"],
}
_SYSTEM_PYTHON = "/usr/bin/python3"


def python_of(peer: str) -> Path:
    """Return a peer's interpreter."""
    return FOLDER / peer / "bin" / "python"


def is_installed(peer: str) -> bool:
    """Return whether the installation of a peer was completed."""
    return (FOLDER / peer / ".installed").exists()


def install(peer: str) -> None:
    """Create a peer's environment; an older one is replaced.

    Raises:
        subprocess.CalledProcessError: a step failed; its message is on stderr.
    """
    subprocess.run([_SYSTEM_PYTHON, "-m", "venv", "--clear", FOLDER / peer], check=True)
    subprocess.run([python_of(peer), "-m", "pip", "install", "--quiet", *_PEERS[peer], *_COMMON], check=True)
    (FOLDER / peer / ".installed").touch()


def main() -> None:
    """Install the named peers, or all of them."""
    parser = argparse.ArgumentParser(description="Install the servers to compare with.")
    parser.add_argument("command", choices=["install"])
    parser.add_argument("--missing", action="store_true", help="skip those that are installed")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(_PEERS)} (default: all)")
    given = parser.parse_args()
    for peer in given.names or _PEERS:
        if not (given.missing and is_installed(peer)):
            install(peer)
        print(f"{peer}: {python_of(peer)}")


if __name__ == "__main__":
    main()
