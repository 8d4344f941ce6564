"""A server of object storage that speaks S3: moto's, which keeps all objects in memory."""

import hashlib
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.processes import wait_until

PACKAGES = "moto[s3]>=5.2", "flask", "flask-cors"  # 75 MB that no other test needs
BUCKET = "bucket"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hidden-secret"}


class Storage:
    """The server, and its one bucket as a client sees it who may read all."""

    def __init__(self, url: str, log: Path) -> None:
        self._log = log
        self.where = {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1"}
        user = {"authorization": "AWS4-HMAC-SHA256 Credential=someone/20260101/us-east-1/s3/aws4_request"}  # unchecked
        self._client = httpx.Client(base_url=url, headers=user, trust_env=False, timeout=60)

    def is_ready(self) -> bool:
        """Return whether the server answers; then the bucket exists, and keeps all versions of its objects."""
        enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        try:
            self._client.put(f"/{BUCKET}").raise_for_status()
        except httpx.TransportError:
            return False
        self._client.put(f"/{BUCKET}?versioning", content=enabled).raise_for_status()
        return True

    def objects(self, folder: str) -> set[str]:
        """Return the last part of the name of each object in a folder."""
        listed = self._client.get(f"/{BUCKET}", params={"list-type": 2, "prefix": f"{folder}/"}).raise_for_status().text
        return {key.removeprefix(f"{folder}/") for key in re.findall("<Key>([^<]+)</Key>", listed)}

    def shards(self, folder: str) -> set[str]:
        """Return the names of the shards in a folder."""
        return {name for name in self.objects(folder) if name.startswith("train-")}

    def read(self, name: str) -> bytes:
        """Return the content of an object."""
        return self._client.get(f"/{BUCKET}/{name}").raise_for_status().content

    def write(self, name: str, content: bytes | None) -> None:
        """Write an object; None removes it."""
        url = f"/{BUCKET}/{name}"
        (self._client.delete(url) if content is None else self._client.put(url, content=content)).raise_for_status()

    def n_versions(self, folder: str) -> Counter[str]:
        """Return how often each object in a folder was written."""
        listed = self._client.get(f"/{BUCKET}", params={"versions": "", "prefix": f"{folder}/"}).raise_for_status().text
        return Counter(key.removeprefix(f"{folder}/") for key in re.findall("<Key>([^<]+)</Key>", listed))

    def writers(self, folder: str) -> dict[str, str]:
        """Return the network address that wrote each object in a folder, the last one if there were several."""
        written = rf'^(\S+) .*"(?:\x1b\S+?m)?PUT /{BUCKET}/{folder}/([^ ?]+).* HTTP'
        return {name: address for address, name in re.findall(written, self._log.read_text(), re.MULTILINE)}

    def sums(self, folder: str) -> dict[str, str]:
        """Return the checksum of each object in a folder."""
        return {name: hashlib.sha256(self.read(f"{folder}/{name}")).hexdigest() for name in self.objects(folder)}


@contextmanager
def storing(
    python: Path, host: str, port: int, *, log: Path = Path(os.devnull), variables: Mapping[str, str] | None = None
) -> Iterator[Storage]:
    """Yield a server that is ready, and end it after the block.

    Args:
        python: interpreter of an environment with the packages.
        host: address to listen on.
        port: port to listen on.
        log: file for a line about each request.
        variables: further environment of the server.
    """
    command = [str(python.with_name("moto_server")), "-H", host, "-p", str(port)]
    with log.open("w") as file:
        process = subprocess.Popen(command, env={**CREDENTIALS, **(variables or {})}, stdout=file, stderr=file)
    storage = Storage(f"http://{host}:{port}", log)
    try:
        wait_until(storage.is_ready)
        yield storage
    finally:
        process.kill()
        process.wait()
