"""What a card says about a model's post-training: the stage of a run after its training."""

from typing import Annotated

from pydantic import Field

from .metric import MAX_NUMBER, CardPart

_Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]


class PostTrainingFacts(CardPart):
    """How long the post-training took; the recipe's configuration has its settings."""

    network_iterations: Annotated[_Count, Field(description="steps of the networks whose features it compared")]
    iterations: Annotated[_Count, Field(description="steps of the generator")]
    wall_s: Annotated[float, Field(ge=0, description="elapsed seconds")]
    cpu_s: Annotated[float, Field(ge=0, description="processor seconds, summed over all processors")]
