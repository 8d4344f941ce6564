"""What `check` reports."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitgan.cli.tree import main
from digitgan.contract.card import read_card
from service.cli.deployment import Report, as_text, inspect_deployment
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.processes import PATIENCE_S, ROOT


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    chosen = ["--port", "0", "--threads", "1", "--batch-images", "16"]
    return ["--models-dir", str(tmp_path), "--default-model", "tiny", *chosen]


def test_report_names_the_provider_and_nodes_of_each_model(models_dir: Path) -> None:
    report = inspect_deployment(Settings(port=0, models_dir=models_dir, threads=1, provider="cpu"))
    assert [each.model for each in report.models] == sorted(path.name for path in models_dir.iterdir())
    for each in report.models:
        folder = models_dir / each.model / each.version
        assert each.sha256 == hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
        assert each.golden == read_card(folder).golden
        assert each.reproduces_card
        assert each.provider == "CPUExecutionProvider"
        assert set(each.nodes) == {each.provider}
        assert each.nodes[each.provider] > 10
        assert (each.batch_images, each.batch_s > 0) == (64, True)
    assert report.processors.affinity == len(os.sched_getaffinity(0))
    assert (report.processors.workers, report.processors.threads) == (1, 1)


def test_check_prints_json_for_scripts(tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", *tiny]) == 0
    report = Report.model_validate_json(capsys.readouterr().out)
    assert [each.model for each in report.models] == ["tiny"]


@pytest.mark.parametrize("command", [["check"], ["serve", "--check"]])
def test_check_prints_text_for_people(command: list[str], tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, *tiny]) == 0
    text = capsys.readouterr().out
    assert "workers 1, threads each 1" in text
    assert "tiny 1 (fp32): CPUExecutionProvider, 6 of 6 nodes on CPUExecutionProvider" in text
    assert "gives the pixels of the 1 golden seeds" in text
    assert "16 images in " in text


def test_report_names_pixels_that_differ_from_the_card(tiny: list[str]) -> None:
    report = inspect_deployment(Settings(port=0, models_dir=Path(tiny[1]), default_model="tiny", threads=1))
    [model] = report.models
    other = report.model_copy(update={"models": [model.model_copy(update={"reproduces_card": False})]})
    assert "DOES NOT GIVE the pixels" in as_text(other)


def test_check_names_the_versions_that_serve_would_leave_out(
    tiny: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(Path(tiny[1]), a_card(version="2"), b"spoilt")
    assert main(["check", *tiny]) == 3
    assert main(["check", *tiny, "--strict-models", "false"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"\ntiny 2 IS REFUSED: .*tiny/2/model\.onnx: ", text)
    assert "\ntiny 1 (fp32)" in text


def test_check_ends_with_one_line_when_serve_cannot_start(tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (Path(tiny[1]) / "tiny" / "1" / "model.onnx").write_bytes(b"something else")
    assert main(["check", "--log-format", "json", *tiny]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    line = json.loads(said.err)
    assert line["level"] == "error"
    assert "its card says" in line["message"]


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


OTLP = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("options", "environment", "message"),
    [
        (["--port", "TAKEN"], {}, r"cannot listen on 127\.0\.0\.1:\d+: Address already in use"),
        (["--port", "TAKEN", "--workers", "2"], {}, r"cannot listen on 127\.0\.0\.1:\d+: Address already in use"),
        (["--admin-port", "TAKEN"], {}, r"cannot listen on 127\.0\.0\.1:\d+: Address already in use"),
        (["--host", "192.0.2.1"], {}, r"cannot listen on 192\.0\.2\.1:0: Cannot assign requested address"),
        (["--unix-socket", "/nowhere/x"], {}, r"cannot listen on /nowhere/x: No such file or directory"),
        (
            ["--unix-socket", "/dev/null"],
            {},
            r"cannot listen on /dev/null: it exists and is not a socket; choose another path",
        ),
        (["--keys-file", "nowhere"], {}, r"the keys file nowhere cannot be read: No such file or directory"),
        (["--models-dir", "nowhere"], {}, r"the models folder nowhere does not exist"),
        (["--default-model", "letters"], {}, r"no default model 'letters'; available models: tiny"),
        (["--provider", "tensorrt"], {}, r"provider 'tensorrt' is not installed; this onnxruntime has .*"),
        ([], OTLP | {"OTEL_TRACES_EXPORTER": "zipkin"}, r"OTEL_TRACES_EXPORTER=zipkin is not supported.*"),
        ([], OTLP | {"OTEL_BSP_MAX_QUEUE_SIZE": "-1"}, r"OTEL_ variables hold a value .*max_queue_size must be .*"),
    ],
)
def test_check_ends_as_serve_does(
    options: list[str],
    environment: dict[str, str],
    message: str,
    tiny: list[str],
    taken: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given = [*tiny, *(taken if each == "TAKEN" else each for each in options)]
    for command in ("check", "serve"):
        assert main([command, *given]) == 3
        said = capsys.readouterr()
        assert said.out == ""
        assert re.fullmatch(rf"digitgan: {message}\n", said.err.splitlines(keepends=True)[-1]), said.err


def test_check_names_a_missing_extra_as_serve_does(
    tiny: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(*next(iter(OTLP.items())))
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    for command in ("check", "serve"):
        assert main([command, *tiny]) == 3
        assert "pip install 'digitgan[otel]'" in capsys.readouterr().err


@pytest.mark.slow  # workers are started and fail for up to half a minute
@pytest.mark.parametrize("command", ["check", "serve"])
def test_check_finds_more_workers_than_the_system_has_room_for(command: str, tiny: list[str]) -> None:
    limited = "import resource as r, sys; r.setrlimit(r.RLIMIT_NOFILE, (24, 24)); from digitgan.__main__ import main"
    program = [sys.executable, "-c", f"{limited}; sys.exit(main())", command, *tiny, "--workers", "12"]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 3
    last = "digitgan: 5 workers in a row did not become ready; the last one: cannot start a worker: Too many open files"
    assert ended.stderr.splitlines()[-1] == last


def test_check_starts_every_worker_and_ends_them(tiny: list[str]) -> None:
    program = [sys.executable, "-m", "digitgan", "check", *tiny, "--workers", "2", "--log-format", "json"]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (ended.returncode, "workers 2, threads each 1" in ended.stdout) == (0, True)
    ready = [line for line in map(json.loads, ended.stderr.splitlines()) if line.get("event") == "worker_ready"]
    assert {line["worker"] for line in ready} == {0, 1}
    assert not any(Path(f"/proc/{line['worker_pid']}").exists() for line in ready)


def test_check_leaves_no_file_and_no_port_behind(tiny: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        assert main(["check", *tiny, "--unix-socket", str(tmp_path / "digits.sock")]) == 0
    assert not (tmp_path / "digits.sock").exists()
