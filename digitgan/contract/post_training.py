"""What a card says about a model's post-training: the stage of a run after its training."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_MAX_NUMBER = 2**53 - 1  # the largest integer that JSON parsers in every language represent exactly

_Count = Annotated[int, Field(ge=0, le=_MAX_NUMBER)]


class PostTrainingFacts(BaseModel):
    """How long the post-training took; the recipe's configuration has its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    network_iterations: Annotated[_Count, Field(description="steps of the networks whose features it compared")]
    iterations: Annotated[_Count, Field(description="steps of the generator")]
    wall_s: Annotated[float, Field(ge=0, description="elapsed seconds")]
    cpu_s: Annotated[float, Field(ge=0, description="processor seconds, summed over all processors")]
