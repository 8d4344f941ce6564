"""What `check` reports."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from digitgan.cli.tree import main
from digitgan.contract.card import read_card
from service.cli.deployment import Report, as_text, inspect_deployment
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    return ["--models-dir", str(tmp_path), "--default-model", "tiny", "--threads", "1", "--batch-images", "16"]


def test_report_names_the_provider_and_nodes_of_each_model(models_dir: Path) -> None:
    report = inspect_deployment(Settings(models_dir=models_dir, threads=1, provider="cpu"))
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
    assert "gives the pixels of the 0 golden seeds" in text
    assert "16 images in " in text


def test_report_names_pixels_that_differ_from_the_card(tiny: list[str]) -> None:
    report = inspect_deployment(Settings(models_dir=Path(tiny[1]), default_model="tiny", threads=1))
    [model] = report.models
    other = report.model_copy(update={"models": [model.model_copy(update={"reproduces_card": False})]})
    assert "DOES NOT GIVE the pixels" in as_text(other)


def test_check_ends_with_one_line_when_serve_cannot_start(tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (Path(tiny[1]) / "tiny" / "1" / "model.onnx").write_bytes(b"something else")
    assert main(["check", "--log-format", "json", *tiny]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    line = json.loads(said.err)
    assert line["level"] == "error"
    assert "its card says" in line["message"]
