"""Knows how hooks that only the first process of a team has stop the others too.

Does not know what the hooks do.
"""

from collections.abc import Sequence

from training.state import State
from training.trainer import Hook


class Relay:
    """A hook that each process of a team has: the first one's hooks look at the state, and all hear what they refuse.

    Args:
        hooks: of this process; called in the first one only.
    """

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self._hooks = hooks

    def after_iteration(self, state: State, progress: float) -> None:
        """Let the hooks look at the state after an iteration.

        Raises:
            TrainingError: in all processes, where a hook of the first one raises it.
        """

        def look() -> None:
            for hook in self._hooks:
                hook.after_iteration(state, progress)

        state.team.ask_first(look)

    def at_end(self, state: State, progress: float) -> None:
        """Let the hooks look at the state for the last time."""

        def look() -> None:
            for hook in self._hooks:
                hook.at_end(state, progress)

        state.team.ask_first(look)
