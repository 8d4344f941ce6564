"""Knows which bodies ask for latents. Does not know how seeds become latents."""

import pytest
from pydantic import ValidationError

from digitgan.contract.latents import MAX_SEED
from service.requests.latents import LatentsRequest


def test_one_seed_is_a_list_of_one() -> None:
    assert LatentsRequest(seeds=7).seeds == [7]


@pytest.mark.parametrize(
    "body", [{}, {"seeds": []}, {"seeds": [MAX_SEED + 1]}, {"seeds": 1.5}, {"seeds": 1, "size": 3}]
)
def test_what_is_not_a_list_of_seeds_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LatentsRequest.model_validate(body)
