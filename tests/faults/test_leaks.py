"""An application that is closed leaves no descriptor and no thread behind."""

import asyncio
import gc
import os
import threading
from pathlib import Path

import httpx
import pytest

from service.app import create_app
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import wait_until

DESCRIPTORS = Path("/proc/self/fd")


def use_once(settings: Settings) -> None:
    """Start an application, send it one request, and close it."""

    async def use() -> None:
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                assert (await client.post("/generate", json={"seeds": 1})).status_code == 200

    asyncio.run(use())
    gc.collect()


def count_held() -> tuple[int, int, int]:
    """Return the descriptors, Python threads and system threads that this process holds."""
    return len(os.listdir(DESCRIPTORS)), threading.active_count(), len(os.listdir("/proc/self/task"))  # noqa: PTH208


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors in /proc")
def test_fifteen_applications_leave_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=2)
    use_once(settings)  # this creates what stays: the thread pool of the first loop, the runtime's own files
    before = count_held()
    for _ in range(15):
        use_once(settings)
    # A thread that has been joined stays in the kernel's list for a moment.
    wait_until(lambda: all(after <= held for after, held in zip(count_held(), before, strict=True)))
