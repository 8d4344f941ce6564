"""Jobs are immutable."""

from dataclasses import FrozenInstanceError

import pytest

from tests.digitgan.formats.pictures import a_job, generated


def test_job_cannot_be_changed() -> None:
    job = a_job(generated(1))
    assert not job.is_random
    with pytest.raises(FrozenInstanceError):
        job.is_random = True  # type: ignore[misc]
