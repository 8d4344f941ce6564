"""Knows what an operator learns before serving. Does not know how it is found out."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from service.command_line.check import Report, as_text, check
from service.command_line.cli import main

from digitgan.contract.card import read_card
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    return ["--models-dir", str(tmp_path), "--default-model", "tiny", "--threads", "1", "--batch-images", "16"]


def test_the_report_says_what_each_model_really_runs_on(models_dir: Path) -> None:
    report = check(Settings(models_dir=models_dir, threads=1, provider="cpu"))
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


def test_for_machines_it_is_json(tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", *tiny]) == 0
    report = Report.model_validate_json(capsys.readouterr().out)
    assert [each.model for each in report.models] == ["tiny"]


@pytest.mark.parametrize("command", [["check"], ["serve", "--check"]])
def test_for_people_it_is_text(command: list[str], tiny: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, *tiny]) == 0
    text = capsys.readouterr().out
    assert "workers 1, threads each 1" in text
    assert "tiny 1 (fp32): CPUExecutionProvider, 6 of 6 nodes on CPUExecutionProvider" in text
    assert "gives the pixels of the 0 golden seeds" in text
    assert "16 images in " in text


def test_pixels_that_are_not_the_cards_stand_out(tiny: list[str]) -> None:
    report = check(Settings(models_dir=Path(tiny[1]), default_model="tiny", threads=1))
    [model] = report.models
    other = report.model_copy(update={"models": [model.model_copy(update={"reproduces_card": False})]})
    assert "DOES NOT GIVE the pixels" in as_text(other)


def test_what_would_keep_the_service_from_starting_is_said_in_one_line(
    tiny: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(tiny[1]) / "tiny" / "1" / "model.onnx").write_bytes(b"something else")
    assert main(["check", "--log-format", "json", *tiny]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    line = json.loads(said.err)
    assert line["level"] == "error"
    assert "its card says" in line["message"]
