"""Knows the body of a request for the latents of seeds. Does not know how seeds become latents."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.requests.fields import ModelName, ModelVersion, Seeds


class LatentsRequest(BaseModel):
    """Which seeds' latents, of the size that a model takes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"seeds": [1, 2]}, {"seeds": 7, "model": "mlp"}]}
    )

    seeds: Annotated[Seeds, Field(description="one seed a latent")]
    model: ModelName = None
    version: ModelVersion = None
