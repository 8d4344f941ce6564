"""`deploy/smoke.sh`: it passes on a gateway that works, and old versions of curl have all that it uses."""

import re
import subprocess
from pathlib import Path

from tests.gateway import gateway, needs_haproxy
from tests.processes import ROOT, serving
from tests.programs import needs

SCRIPT = ROOT / "deploy" / "smoke.sh"
OLDEST = (7, 76)  # of Red Hat Enterprise Linux 9
# What the script uses, and the version of curl that had it first (curl.se/docs, options-in-versions).
SINCE = {
    "--data": (4, 0),
    "--data-binary": (7, 2),
    "--dump-header": (5, 7),
    "--fail": (4, 0),
    "--header": (5, 0),
    "--output": (4, 0),
    "--show-error": (5, 9),
    "--silent": (4, 0),
    "--write-out": (6, 5),
    "%{http_code}": (6, 5),
}


def test_smoke_test_uses_nothing_that_an_old_curl_lacks() -> None:
    used = set(re.findall(r"(?<=\s)--[a-z-]+|%\w*\{[^}]+\}", SCRIPT.read_text()))
    assert used == set(SINCE), "give the version of curl that had it first"
    assert max(SINCE.values()) <= OLDEST


@needs_haproxy
@needs("curl", shows="that deploy/smoke.sh passes")
def test_smoke_test_passes_on_a_gateway_that_works(tmp_path: Path) -> None:
    with gateway(tmp_path / "access.log") as front:
        with serving("--host", "127.0.0.2", "--port", str(front.replica_port)):
            front.set_replicas("127.0.0.2")
            passed = subprocess.run([SCRIPT, front.url], capture_output=True, text=True, check=False)
        front.set_replicas()
        failed = subprocess.run([SCRIPT, front.url], capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stderr
    assert "POST /generate: 20 answers by replica1\nPOST of 17 MB: 413\n" in passed.stdout
    assert failed.returncode != 0
