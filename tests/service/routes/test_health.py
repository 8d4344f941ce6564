"""What an orchestrator gets."""

import os
from pathlib import Path

import httpx

from service.app import create_app
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.live import live


def test_a_started_service_is_live_and_ready(service: httpx.Client) -> None:
    live, ready = service.get("/health/live"), service.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "refused": []})


def test_ready_service_names_the_versions_that_it_refused(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    deploy(tmp_path, a_card(version="2"), b"spoilt")
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=1, strict_models=False)
    with live(create_app(settings)) as service:
        ready = service.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert ready.json()["refused"] == [{"model": "tiny", "version": "2"}]
        assert service.post("/generate", json={"seeds": 1}).json()["version"] == "1"
        refused = next(line for line in service.get("/metrics").text.splitlines() if "refused_versions{" in line)
        assert refused.endswith(" 1.0")


def test_ready_service_may_refuse_folders_of_any_name(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    for name in (b"2\xff", b"3\n"):
        folder = tmp_path / "tiny" / os.fsdecode(name)
        folder.mkdir()
        (folder / "card.json").touch()
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=1, strict_models=False)
    with live(create_app(settings)) as service:
        ready = service.get("/health/ready")
        assert ready.status_code == 200
        assert [each["version"] for each in ready.json()["refused"]] == [r"2\udcff", r"3\n"]


def test_ready_service_names_the_first_of_many_refused_versions(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    for version in range(100, 120):
        deploy(tmp_path, a_card(version=str(version)), b"spoilt")
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=1, strict_models=False)
    with live(create_app(settings)) as service:
        refused = service.get("/health/ready").json()["refused"]
        assert [each["version"] for each in refused] == [str(version) for version in range(100, 110)]
        assert 'digitgan_refused_versions{worker="0"} 20.0' in service.get("/metrics").text
