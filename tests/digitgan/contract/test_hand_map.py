from typing import Any

import pytest

from digitgan.contract.hand_map import HandMap

MAP = {"columns": 2, "rows": 3, "seeds": [5, 0, 3, 1, 2, 4]}


def test_map_reads_back_equal() -> None:
    hand_map = HandMap.model_validate(MAP)
    assert hand_map.model_dump() == MAP
    assert HandMap.model_validate_json(hand_map.model_dump_json()) == hand_map


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": 2}, "seeds has 6 items, but 2 rows of 2 make 4"),
        ({"seeds": [5, 0, 3, 1, 2, 5]}, "seeds has a seed twice"),
        ({"seeds": [5, 0, 3, 1, 2, -1]}, "greater than or equal to 0"),
        ({"columns": 1}, "greater than or equal to 2"),
        ({"order": 1}, "Extra inputs"),
    ],
)
def test_map_without_a_seed_for_each_cell_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HandMap.model_validate(MAP | changes)
