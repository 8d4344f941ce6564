"""A stream of a hundred thousand images passes through without filling memory."""

from pathlib import Path

import pytest

from tests.processes import pss_kib, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads /proc"),
]

_LOOK_EVERY_BYTES = 2_000_000


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/zip", "multipart/mixed"])
def test_stream_of_100000_images_takes_less_than_20_mb(media_type: str) -> None:
    body = {"model": "digits-small", "seeds": list(range(100_000))}
    with serving() as service, service.client() as client:
        assert client.post("/generate", json={"model": "digits-small", "count": 256}).status_code == 200
        idle_kib, peak_kib, n_bytes, next_look = pss_kib(service.process.pid), 0, 0, 0
        with client.stream("POST", "/generate", json=body, headers={"accept": media_type}) as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw():
                n_bytes += len(piece)
                if n_bytes >= next_look:
                    peak_kib, next_look = max(peak_kib, pss_kib(service.process.pid)), n_bytes + _LOOK_EVERY_BYTES
    print(f"{media_type}: {n_bytes / 1e6:.0f} MB, {(peak_kib - idle_kib) / 1024:.1f} MiB above idle")
    assert peak_kib - idle_kib < 20_000
