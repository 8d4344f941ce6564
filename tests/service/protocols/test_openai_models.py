"""The models as OpenAI's own client, unchanged, lists them."""

import httpx
import openai
import pytest


def test_models_are_listed_and_retrieved_by_name(service: httpx.Client) -> None:
    with openai.OpenAI(base_url=str(service.base_url.join("/v1")), api_key="none", max_retries=0) as client:
        listed = {model.id: model for model in client.models.list()}
        assert set(listed) == {each["model"] for each in service.get("/models").json()["models"]}
        digits = client.models.retrieve("digits")
        assert digits == listed["digits"]
        assert (digits.object, digits.owned_by) == ("model", "digitgan")
        assert digits.created > 1_700_000_000
        with pytest.raises(openai.NotFoundError, match="available models: digits") as raised:
            client.models.retrieve("gpt-image-1")
        assert (raised.value.code, raised.value.param) == ("unknown_model", "model")
