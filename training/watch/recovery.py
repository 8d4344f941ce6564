"""Takes a run that diverged or collapsed back to its last good checkpoint, and continues it on another path.

The same state with the same random numbers would end the same way, bit for bit. So the order of the data and the
latents are drawn anew from the seed and the number of the rollback, which keeps a run with rollbacks repeatable.
Weights, optimisers and schedules stay the same: what fails four times is the fault of the recipe, which a person must
change.
"""

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console

from .. import checkpoints, history
from ..errors import Collapsed, Diverged, TrainingError
from ..run import Run
from ..schedules import Horizon
from ..state import State
from ..trainer import Hook, train

MOST_ROLLBACKS = 3


def train_through(
    state: State, horizon: Horizon, hooks: Sequence[Hook], should_stop: Callable[[], bool], run: Run, console: Console
) -> bool:
    """Train with up to three rollbacks in the life of the run; return whether the horizon was reached.

    If a run fails again before the next checkpoint, the checkpoint is assumed to be the cause: it is removed, and the
    run goes back to the one before it.

    Raises:
        Diverged: after the last rollback, or before the first checkpoint.
        Collapsed: likewise.
    """
    last = -1
    while True:
        try:
            return train(state, horizon, hooks, should_stop)
        except (Diverged, Collapsed) as error:
            if state.rollbacks == MOST_ROLLBACKS:
                raise type(error)(f"{error}; the run stops after {MOST_ROLLBACKS} rollbacks") from error
            last = _roll_back(state, run, error, last)
            text = f"{error}; back to iteration {state.iteration}, rollback {state.rollbacks} of {MOST_ROLLBACKS}"
            if state.team.is_first:
                history.cut(run.history, state.iteration)
                history.append(run.history, {"iteration": state.iteration, "rollback": text})
                console.print(f"rollback: {text}", style="yellow", highlight=False, soft_wrap=True)


def _roll_back(state: State, run: Run, error: TrainingError, last: int) -> int:
    """Restore a checkpoint and start another path from it; return the checkpoint's iteration.

    Args:
        state: changed in place. Lost time stays spent, so that a budget holds.
        run: with its checkpoints.
        error: the reason.
        last: the iteration of the last rollback's checkpoint.
    """
    saved = state.team.ask_first(lambda: _last_good(run, last))
    if saved is None:
        raise type(error)(f"{error}; there is no checkpoint to go back to") from error
    spent, rollbacks = (state.elapsed_s, state.cpu_s), state.rollbacks
    state.load_state_dict(saved)
    state.elapsed_s, state.cpu_s = spent
    state.branch(rollbacks + 1)
    return state.iteration


def _last_good(run: Run, last: int) -> dict[str, Any] | None:
    """Return the newest checkpoint's state, without that of the last rollback, which is removed."""
    paths = checkpoints.every(run.checkpoints)
    saved = checkpoints.latest(run.checkpoints)
    if saved and saved["iteration"] == last and len(paths) > 1:
        paths[-1].unlink()
        saved = checkpoints.latest(run.checkpoints)
    return saved
