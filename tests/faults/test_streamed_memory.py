"""Knows that a hundred thousand images pass through without staying. Does not know what they show."""

from pathlib import Path

import pytest

from tests.processes import pss_kib, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads /proc"),
]

_EVERY_BYTES = 2_000_000


@pytest.mark.parametrize("form", ["application/x-ndjson", "application/zip", "multipart/mixed"])
def test_a_stream_of_100000_images_takes_under_20_mb_more_than_an_idle_server(form: str) -> None:
    body = {"model": "digits-small", "seeds": list(range(100_000))}
    with serving() as service, service.client() as client:
        assert client.post("/generate", json={"model": "digits-small", "count": 256}).status_code == 200
        idle_kib, peak_kib, n_bytes, looked_at = pss_kib(service.process.pid), 0, 0, 0
        with client.stream("POST", "/generate", json=body, headers={"accept": form}) as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw():
                n_bytes += len(piece)
                if n_bytes >= looked_at:
                    peak_kib, looked_at = max(peak_kib, pss_kib(service.process.pid)), n_bytes + _EVERY_BYTES
    print(f"{form}: {n_bytes / 1e6:.0f} MB, {(peak_kib - idle_kib) / 1024:.1f} MiB above idle")
    assert peak_kib - idle_kib < 20_000
