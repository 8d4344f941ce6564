"""What changes an entity tag, and which conditions name it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitgan.contract.card import ModelFile
from digitgan.dataset.selection import JudgedSelection
from digitgan.engine.source import Latents, Seeds
from digitgan.formats.registry import JSON, PNG, WEBP
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from service.http.caching import caching_headers, etag, etag_of_file, matches
from tests.cards import a_card
from tests.digitgan.formats.pictures import a_job, generated

JOB = a_job(generated(2))


def test_etag_is_the_same_for_the_same_request() -> None:
    assert etag(JOB, PNG, "") == etag(a_job(generated(2)), PNG, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"source": Seeds([100, 102])},
        {"labels": [0, 2]},
        {"labels": None},
        {"truncation": 0.5},
        {"source": Latents(np.zeros((2, 4), np.float32))},
        {"source": Latents(np.ones((2, 4), np.float32))},
        {"selection": JudgedSelection(verified=True, difficulty=1)},
        {"selection": JudgedSelection(verified=True, difficulty=2)},
        {"selection": JudgedSelection(verified=False, difficulty=2)},
    ],
)
def test_etag_changes_with_the_plan(changes: dict[str, Any]) -> None:
    other = replace(JOB, plan=replace(JOB.plan, **changes))
    assert etag(other, PNG, "") != etag(JOB, PNG, "")


def test_etag_changes_with_the_smallest_change_of_a_latent() -> None:
    tags = {
        etag(replace(JOB, plan=replace(JOB.plan, source=Latents(np.full((2, 4), value, np.float32)))), PNG, "")
        for value in (0.0, 1e-30)
    }
    assert len(tags) == 2


@pytest.mark.parametrize(
    "picture",
    [
        Picture(scale=2),
        Picture(columns=1),
        Picture(padding=1),
        Picture(invert=True),
        Picture(numbers=("01",)),
        Picture(gap=1),
        Picture(metadata=True),
        Picture(ink=True),
        Picture(ink=True, height=200),
        Picture(color="navy"),
        Picture(background="transparent"),
    ],
)
def test_etag_changes_with_the_picture(picture: Picture) -> None:
    assert etag(replace(JOB, picture=picture), PNG, "") != etag(JOB, PNG, "")


def test_etag_changes_with_the_names_of_classes() -> None:
    cards = [a_card(n_classes=2, class_names=names) for names in (None, ["0", "1"], ["a", "b"], ["a", "c"])]
    assert len({etag(replace(JOB, card=card), JSON, "") for card in cards}) == 3, "numbers are no names"
    assert len({etag_of_file(card, "data.parquet") for card in cards}) == 3


def test_etag_changes_with_the_keys_of_an_interpolation() -> None:
    tags = {etag(replace(JOB, keys=keys), PNG, "") for keys in (None, {"seeds": [1]}, {"seeds": [2]})}
    assert len(tags) == 3


def with_other_weights() -> Job:
    file = ModelFile(sha256="f" * 64, size_bytes=1, opset=20, ir_version=10)
    return replace(JOB, card=a_card(file=file))


def test_etag_changes_with_model_file_format_and_coding() -> None:
    tags = {
        etag(JOB, PNG, ""),
        etag(JOB, PNG, "gzip"),
        etag(JOB, JSON, ""),
        etag(JOB, WEBP, ""),
        etag(with_other_weights(), PNG, ""),
    }
    assert len(tags) == 5


def test_etag_changes_with_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = etag(JOB, PNG, "")
    monkeypatch.setattr("digitgan.formats.format.ENCODER_ID", "other")
    assert etag(JOB, PNG, "") != before


@pytest.mark.parametrize(
    ("plan", "changes", "cache_control"),
    [
        ({}, {}, "no-cache"),
        ({"model": "tiny"}, {}, "no-cache"),
        ({"model": "tiny", "version": "1"}, {}, "public, max-age=31536000, immutable"),
        ({"model": "tiny", "version": "1"}, {"is_marked_by_setting": True}, "no-cache"),
        ({"model": "tiny", "version": "1"}, {"is_random": True}, "no-store"),
    ],
)
def test_only_answers_that_never_change_are_immutable(
    plan: dict[str, Any], changes: dict[str, bool], cache_control: str
) -> None:
    job = replace(JOB, plan=replace(JOB.plan, **plan), **changes)  # type: ignore[arg-type]
    headers = caching_headers(job, PNG, "")
    assert headers["Cache-Control"] == cache_control
    assert ("ETag" in headers) == (not job.is_random)


@pytest.mark.parametrize(
    ("condition", "is_match"),
    [
        (None, False),
        ("", False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ('"b" ,W/"a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ('"ab"', False),
    ],
)
def test_matches_compares_tags_weakly(condition: str | None, is_match: bool) -> None:
    assert matches(condition, '"a"') == is_match
