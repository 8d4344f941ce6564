"""What browsers keep of the page for times without a network: which files, and the worker that keeps them."""

import json
from collections.abc import Mapping

from ..http.coding import unpacked_size
from .documents import VIEWS

LIST, WORKER = "files.json", "service-worker.js"
PACKED = ".zst"
_NEVER_LOADED = (".html", ".txt", "LICENSE", "SHA256SUMS", WORKER)


def loadable(files: Mapping[str, bytes]) -> dict[str, int]:
    """Return the files that browsers may load by name, with how many bytes they have.

    Args:
        files: all files of the page by name, packed or as they are.
    """
    return {
        name.removesuffix(PACKED): unpacked_size(content) if name.endswith(PACKED) else len(content)
        for name, content in sorted(files.items())
        if not name.endswith(_NEVER_LOADED)
    }


def list_of(files: Mapping[str, int]) -> bytes:
    """Return the list of the page's views, and of the files that browsers may load with their sizes, as JSON."""
    return json.dumps({"views": VIEWS, "files": files}).encode()


def worker_of(source: bytes, release: str) -> bytes:
    """Return the service worker of a release of the page."""
    return source.replace(b"{{release}}", release.encode()).replace(b"{{views}}", " ".join(VIEWS).encode())
