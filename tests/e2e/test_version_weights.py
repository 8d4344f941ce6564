"""Versions side by side: which of them answers a request that names none, by every protocol and on every replica."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.cli.tree import main
from digitgan.contract.card import read_card, write_card
from service.app import create_app
from service.settings import Settings
from tests.live import live

SEEDS = range(24)


@pytest.fixture(scope="module")
def two_versions(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for version in ("1", "2"):
        copied = shutil.copytree(models_dir / "digits" / "1", folder / "digits" / version)
        write_card(read_card(copied).model_copy(update={"version": version}), copied)
    return folder


@pytest.fixture(scope="module")
def replicas(two_versions: Path) -> Iterator[list[httpx.Client]]:
    settings = Settings(models_dir=two_versions, threads=1, version_weights=("digits/1=75", "digits/2=25"))
    with ExitStack() as held:
        yield [held.enter_context(live(create_app(settings))) for _ in range(2)]


def generated(client: httpx.Client, seed: int, **body: Any) -> str:
    return str(client.post("/generate", json={"seeds": seed, "labels": 3, **body}).raise_for_status().json()["version"])


def at_address(client: httpx.Client, seed: int, query: str = "") -> str:
    headers = client.get(f"/digits/3/{seed}.png{query}").raise_for_status().headers
    assert headers["cache-control"] == "no-cache"
    return str(headers["content-location"].split("version=")[1][0])


def inferred(client: httpx.Client, seed: int, path: str = "") -> str:
    tensors = [("seed", seed), ("label", 3)]
    inputs = [{"name": name, "datatype": "INT64", "shape": [1], "data": [value]} for name, value in tensors]
    answer = client.post(f"/v2/models/digits{path}/infer", json={"inputs": inputs}).raise_for_status()
    return str(answer.json()["model_version"])


def drawn_for_openai(client: httpx.Client, seed: int) -> str:
    body = {"prompt": "42", "seed": seed, "response_format": "url"}
    answer = client.post("/v1/images/generations", json=body).raise_for_status()
    return str(answer.json()["data"][0]["url"].split("version=")[1][0])


def drawn_for_hugging_face(client: httpx.Client, seed: int, path: str = "") -> str:
    answer = client.post(f"/models/digits{path}", json={"inputs": "42", "parameters": {"seed": seed}})
    return str(answer.raise_for_status().headers["content-location"].split("version=")[1][0])


def interpolated(client: httpx.Client, seed: int) -> str:
    body = {"seeds": [seed, seed + 1], "steps": 1}
    return str(client.post("/interpolate", json=body).raise_for_status().json()["version"])


PROTOCOLS = [generated, at_address, inferred, drawn_for_openai, drawn_for_hugging_face, interpolated]


@pytest.mark.parametrize("ask", PROTOCOLS)
def test_every_replica_gives_a_request_to_the_same_version(
    replicas: list[httpx.Client], ask: Callable[[httpx.Client, int], str]
) -> None:
    first, second = ([ask(client, seed) for seed in SEEDS] for client in replicas)
    assert first == second
    assert Counter(first)["1"] > Counter(first)["2"] > 0


def test_version_depends_on_the_digits_and_not_on_how_they_are_requested(replicas: list[httpx.Client]) -> None:
    client, _ = replicas
    chosen = [generated(client, seed) for seed in SEEDS]
    assert chosen == [at_address(client, seed) for seed in SEEDS]
    assert chosen == [at_address(client, seed, "?scale=2&invert=true") for seed in SEEDS]
    assert chosen == [inferred(client, seed) for seed in SEEDS]
    assert chosen == [generated(client, seed, model="digits", scale=2) for seed in SEEDS]
    numbers = [
        client.get(f"/numbers/42/{seed}.png").headers["content-location"].split("version=")[1][0] for seed in SEEDS
    ]
    assert numbers == [drawn_for_openai(client, seed) for seed in SEEDS]
    assert numbers == [drawn_for_hugging_face(client, seed) for seed in SEEDS]


def test_request_that_names_a_version_gets_it(replicas: list[httpx.Client]) -> None:
    client, _ = replicas
    for version in ("1", "2"):
        assert {generated(client, seed, version=version) for seed in SEEDS} == {version}
        assert {inferred(client, seed, f"/versions/{version}") for seed in SEEDS} == {version}
        assert {drawn_for_hugging_face(client, seed, f"/{version}") for seed in SEEDS} == {version}


def test_tag_of_one_replica_is_current_at_another(replicas: list[httpx.Client]) -> None:
    client, other = replicas
    for seed in SEEDS:
        path = f"/digits/3/{seed}.png"
        headers = {"If-None-Match": client.get(path).headers["etag"]}
        assert other.get(path, headers=headers).status_code == 304


def test_random_seeds_are_shared_and_counted_by_version(replicas: list[httpx.Client]) -> None:
    client, _ = replicas

    def counted() -> dict[str, float]:
        name = 'digitgan_weighted_requests_total{model="digits",version="%s"'
        lines = client.get("/metrics").text.splitlines()
        return {v: sum(float(line.split()[-1]) for line in lines if line.startswith(name % v)) for v in ("1", "2")}

    before = counted()
    answers: Counter[str] = Counter()
    while len(answers) < 2:
        answers[client.post("/generate", json={"count": 1}).raise_for_status().json()["version"]] += 1
    client.post("/generate", json={"count": 1, "version": "2"}).raise_for_status()
    assert {version: n - before[version] for version, n in counted().items()} == answers


def test_shares_are_listed_with_the_models_and_in_the_metrics(replicas: list[httpx.Client]) -> None:
    client, _ = replicas
    [listed] = client.get("/models").json()["models"]
    assert (listed["version"], listed["shares"]) == ("2", {"1": 0.75, "2": 0.25})
    assert 'digitgan_version_share{model="digits",version="2",worker="0"} 0.25' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ("digits/1=9,digits/3=1", "model 'digits' has no version '3'; available versions: 1, 2"),
        ("digit/1=9", "no model 'digit'; did you mean 'digits'?"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_weights_for_a_missing_version_are_refused_at_the_start(
    two_versions: Path, capsys: pytest.CaptureFixture[str], command: str, weights: str, said: str
) -> None:
    assert main([command, "--models-dir", str(two_versions), "--port", "0", "--version-weights", weights]) == 3
    assert said in capsys.readouterr().err


def test_without_weights_the_newest_version_gets_all(two_versions: Path) -> None:
    with live(create_app(Settings(models_dir=two_versions, threads=1))) as client:
        assert {generated(client, seed) for seed in SEEDS} == {"2"}
        assert client.get("/models").json()["models"][0]["shares"] == {"1": 0.0, "2": 1.0}
