"""A table of model versions: models in alphabetical order, versions from oldest to newest."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from digitgan.contract.errors import UnknownModel
from digitgan.contract.words import unknown

T = TypeVar("T")


class Versions(Generic[T]):
    """One item for each version of each model. A table never changes; it is replaced as a whole.

    Args:
        items: model, version and item, in any order.
    """

    def __init__(self, items: Iterable[tuple[str, str, T]] = ()) -> None:
        self._table: dict[str, dict[str, T]] = {}
        # Versions are numbers without leading zeros, so the longer one is the newer one.
        for model, version, item in sorted(items, key=lambda each: (each[0], len(each[1]), each[1])):
            self._table.setdefault(model, {})[version] = item

    @property
    def models(self) -> list[str]:
        """The names of all models."""
        return list(self._table)

    @property
    def items(self) -> list[T]:
        """The items of all versions of all models."""
        return [item for versions in self._table.values() for item in versions.values()]

    def versions(self, model: str) -> list[str]:
        """Return the versions of a model.

        Raises:
            UnknownModel: there is no such model.
        """
        if model not in self._table:
            raise UnknownModel("model", unknown("model", model, self._table))
        return list(self._table[model])

    def find(self, model: str, version: str | None) -> T:
        """Return the item of a model version; None stands for the newest.

        Raises:
            UnknownModel: there is no such model or version.
        """
        versions = self.versions(model)
        name = version or versions[-1]
        if name not in versions:
            raise UnknownModel("version", f"model {model!r} has {unknown('version', name, versions)}")
        return self._table[model][name]
