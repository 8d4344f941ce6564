"""What an orchestrator gets."""

import httpx
import pytest


@pytest.mark.parametrize("state", ["live", "ready"])
def test_a_started_service_is_live_and_ready(service: httpx.Client, state: str) -> None:
    answer = service.get(f"/health/{state}")
    assert (answer.status_code, answer.json()) == (200, {"status": state})
