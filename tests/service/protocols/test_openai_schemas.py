"""What the fields of OpenAI's images mean before anything is drawn."""

from typing import Any

import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.engine.source import Seeds
from service.protocols.openai_schemas import IGNORED, ImageOptions, ImagesRequest, Usage
from tests.cards import a_card

CARD = a_card(n_classes=10)


@pytest.mark.parametrize(
    ("fields", "is_by_address"),
    [
        ({}, False),
        ({"model": "dall-e-2"}, True),
        ({"model": "dall-e-2", "stream": True}, False),
        ({"response_format": "url"}, True),
        ({"response_format": "b64_json", "model": "dall-e-2"}, False),
    ],
)
def test_pictures_are_addresses_where_clients_expect_them(fields: dict[str, Any], is_by_address: bool) -> None:
    assert ImageOptions(**fields).is_by_address is is_by_address


def test_each_hand_writes_the_whole_number() -> None:
    plan, picture = ImageOptions().plan_and_picture("20.26", Seeds([5, 6]), CARD, max_images=8)
    assert [plan.source.seed(i) for i in range(len(plan))] == [5, 5, 5, 5, 6, 6, 6, 6]
    assert plan.labels == [2, 0, 2, 6] * 2
    assert picture.numbers == ("20.26",)
    with pytest.raises(InvalidPlan, match="2 times 4 digits; at most 7 digits are allowed") as raised:
        ImageOptions().plan_and_picture("20.26", Seeds([5, 6]), CARD, max_images=7)
    assert raised.value.field == "n"


def test_ignored_fields_take_anything() -> None:
    assert {"quality", "style", "user"} <= IGNORED
    for name in IGNORED:
        assert ImagesRequest.model_validate({"prompt": "7", name: {"any": ["thing"]}}).prompt == "7"


def test_usage_adds_what_was_read_to_what_was_drawn() -> None:
    usage = Usage.of(4, n_pictures=2)
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (256, 4, 260)
    assert usage.input_tokens_details.image_tokens == 256
