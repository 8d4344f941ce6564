"""The map of a model's hands: seeds on a grid, arranged so that neighbours draw alike."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from .limits import MAX_SEED
from .metric import CardPart, DescribedFile

MAP_FILE = "map.json"

_Side = Annotated[int, Field(ge=2, le=256)]


class HandMap(CardPart):
    """One seed for each cell of a grid; the content of the file ``map.json``."""

    columns: _Side
    rows: _Side
    seeds: Annotated[
        list[Annotated[int, Field(ge=0, le=MAX_SEED)]],
        Field(
            min_length=4, max_length=65_536, description="row by row from the top, each from the left; no seed twice"
        ),
    ]

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Raise ValueError unless each cell has a seed of its own."""
        n = self.columns * self.rows
        if len(self.seeds) != n:
            raise ValueError(f"seeds has {len(self.seeds):,} items, but {self.rows} rows of {self.columns} make {n:,}")
        if len(set(self.seeds)) != n:
            raise ValueError("seeds has a seed twice")
        return self


class HandMapFacts(CardPart):
    """What a card says about the map of the model's hands."""

    file: DescribedFile
    columns: _Side
    rows: _Side
    neighbour_difference: Annotated[
        float,
        Field(ge=0, description="of the pixels of two hands side by side: root mean square in grey levels, averaged"),
    ]
    random_difference: Annotated[
        float, Field(ge=0, description="for comparison: the same where these hands are arranged at random")
    ]
