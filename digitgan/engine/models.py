"""Knows which model versions are served at one moment: a table that never changes, but is replaced as a whole.

Does not know how a version was loaded, nor how its images are made.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from digitgan.contract.errors import UnknownModel
from digitgan.engine.backend import Backend
from digitgan.engine.batcher import Batcher


@dataclass(frozen=True, slots=True)
class Served:
    """A model version with its line; whoever holds it can finish with it, in the table or no longer."""

    backend: Backend
    batcher: Batcher


class Models:
    """Every model version, by name and from oldest to newest.

    Args:
        served: the versions, in any order.
    """

    def __init__(self, served: Iterable[Served] = ()) -> None:
        self._versions: dict[str, dict[str, Served]] = {}
        for each in sorted(served, key=lambda each: (each.backend.card.model, int(each.backend.card.version))):
            self._versions.setdefault(each.backend.card.model, {})[each.backend.card.version] = each

    @property
    def names(self) -> list[str]:
        """The models."""
        return list(self._versions)

    @property
    def served(self) -> list[Served]:
        """All versions of all models."""
        return [served for versions in self._versions.values() for served in versions.values()]

    def versions(self, model: str) -> list[str]:
        """Return the names of a model's versions.

        Raises:
            UnknownModel: there is no such model.
        """
        if model not in self._versions:
            raise UnknownModel("model", f"there is no model {model!r}; there is {', '.join(self._versions)}")
        return list(self._versions[model])

    def find(self, model: str, version: str | None) -> Served:
        """Return a model version; None stands for the newest.

        Raises:
            UnknownModel: no such model or version.
        """
        served = self._versions.get(model, {})
        found = served.get(version) if version else next(reversed(served.values()), None)
        if found is None:
            versions = ", ".join(self.versions(model))
            raise UnknownModel("version", f"model {model!r} has no version {version!r}; there is {versions}")
        return found
