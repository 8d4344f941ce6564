"""The pages that errors point at, and both examples of each, run against a service; `test_app` visits each page."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.access.key_file import add_key
from service.app import create_app
from service.http.problems import PROBLEMS, Problem
from service.settings import Settings
from tests.live import live

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
EXPLAINED = [each for each in PROBLEMS.values() if each.wrong]
SETTINGS: dict[str, dict[str, Any]] = {  # of services whose operator allows less, or that are about to end
    "quota-exceeded": {"images_per_minute": 1000},
    "overloaded": {"queue_images": 1024},
    "no-key": {"keys_file": "keys.json"},
    "draining": {},
}


def test_the_type_of_an_error_is_the_address_of_its_page(service: httpx.Client) -> None:
    problem = service.post("/generate", json={}).json()
    page = service.get(problem["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert problem["title"] in page.text


def test_the_list_names_every_page(service: httpx.Client) -> None:
    listed = service.get("/problems").raise_for_status().text.splitlines()
    addresses = [line for line in listed if line.startswith("/problems/")]
    assert len(addresses) == len(PROBLEMS)
    for address in addresses:
        assert service.get(address).status_code == 200


def test_unknown_paths_refer_to_the_documentation(service: httpx.Client) -> None:
    problem = service.get("/nothing").json()
    assert problem["type"] == "/problems/not-found"
    assert "/docs" in problem["detail"]


def test_an_unknown_problem_lists_the_available_ones(service: httpx.Client) -> None:
    answer = service.get("/problems/nothing")
    assert answer.status_code == 404
    assert "overloaded" in answer.json()["detail"]


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda each: each.slug)
def test_browsers_get_a_page_with_both_examples(service: httpx.Client, problem: Problem) -> None:
    answer = service.get(f"/problems/{problem.slug}", headers=BROWSER)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["vary"] == "Accept"
    text = unescape(answer.text)
    for part in (f"<h1>{problem.title}</h1>", problem.wrong, problem.right):
        assert part in text


def test_internal_error_alone_has_no_example() -> None:
    assert [slug for slug, each in PROBLEMS.items() if not each.wrong] == ["internal-error"]


def run_commands(commands: str, service: httpx.Client, folder: Path, key: str = "") -> str:
    """Run the commands of an example as a reader would, and return what they print; refused requests are no failure."""
    curl = folder / "curl"
    curl.write_text(f'#!/bin/sh\nexec {shutil.which("curl")} -s "$@"\n')
    curl.chmod(0o755)
    here = f"{service.base_url.host}:{service.base_url.port}"
    done = subprocess.run(
        ["bash", "-c", commands.replace("localhost:8000", here)],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "no_proxy": "*", "DIGITGAN_KEY": key},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=True,
    )
    return done.stdout


@contextmanager
def prepared(
    problem: Problem, service: httpx.Client, models_dir: Path, folder: Path
) -> Iterator[tuple[httpx.Client, str]]:
    """Yield a client of a service that can have a problem, and a key for it."""
    if problem.slug not in SETTINGS:
        yield service, ""
        return
    settings = dict(SETTINGS[problem.slug])
    key = ""
    if "keys_file" in settings:
        settings["keys_file"] = folder.parent / settings["keys_file"]
        key = add_key(settings["keys_file"], folder.name)
    app = create_app(Settings(models_dir=models_dir, threads=1, **settings))
    if folder.name == "wrong" and problem.slug == "draining":
        app.state.readiness.withdraw()
    with live(app) as client:
        yield client, key


@pytest.mark.parametrize("problem", EXPLAINED, ids=lambda each: each.slug)
def test_wrong_example_gets_the_problem_and_right_example_does_not(
    service: httpx.Client, models_dir: Path, tmp_path: Path, problem: Problem
) -> None:
    for name, commands in (("wrong", problem.wrong), ("right", problem.right)):
        folder = tmp_path / name
        folder.mkdir()
        with prepared(problem, service, models_dir, folder) as (client, key):
            printed = run_commands(commands.replace("seq 50", "seq 6"), client, folder, key)
        files = [path.read_bytes() for path in folder.iterdir() if path.name != "curl"]
        refusals = [each for each in (printed.encode(), *files) if b'"type":"/problems/' in each]
        if name == "wrong":
            assert f'"type":"/problems/{problem.slug}"' in printed
        else:
            assert (printed or files) and not refusals
