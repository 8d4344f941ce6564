"""What the engine reports about one model version's work, for example to metrics."""

from typing import Protocol

from digitgan.engine.selection import Tally


class Observer(Protocol):
    """Is notified of one model version's work.

    The event loop calls these methods, so they must be quick and must not fail.
    """

    def chosen(self) -> None:
        """Note that a request named no version, and that the weights of the versions gave it this one."""

    def waited(self, queue_s: float) -> None:
        """Note that a request is complete and that it waited queue_s seconds for its first run."""

    def ran(self, n_images: int, model_s: float) -> None:
        """Note that one run generated n_images, for all of its requests together, in model_s seconds."""

    def selected(self, tally: Tally) -> None:
        """Note how some images were chosen among candidates."""


class _NoObserver:
    """Ignores everything."""

    def chosen(self) -> None: ...

    def waited(self, queue_s: float) -> None: ...

    def ran(self, n_images: int, model_s: float) -> None: ...

    def selected(self, tally: Tally) -> None: ...


NO_OBSERVER: Observer = _NoObserver()
