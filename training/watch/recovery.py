"""Knows what becomes of a run that diverged or collapsed: back to the last good checkpoint, and on by another path.

Does not know how trouble is noticed: the trainer and its hooks raise it.

The same state with the same random numbers would come to the same end, bit for bit. So the data's order and the
latents are drawn anew from the seed and the number of the rollback, and a run with rollbacks can be repeated like any
other. Weights, optimisers and schedules are left as they were: what fails three times over is the recipe's fault, and
is for a person to change.
"""

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console

from training import checkpoints, history
from training.errors import Collapsed, Diverged, TrainingError
from training.run import Run
from training.schedules import Horizon
from training.state import State
from training.trainer import Hook, train

MOST_ROLLBACKS = 3


def train_through(
    state: State, horizon: Horizon, hooks: Sequence[Hook], should_stop: Callable[[], bool], run: Run, console: Console
) -> bool:
    """Train on, through up to three rollbacks in the life of the run; return whether the horizon was reached.

    A checkpoint to which the run has gone back before, without reaching the next one, is taken for the cause: it is
    removed, and the one before it is the next to go back to.

    Raises:
        Diverged: once more after the last rollback, or before the first checkpoint.
        Collapsed: likewise.
    """
    last = -1
    while True:
        try:
            return train(state, horizon, hooks, should_stop)
        except (Diverged, Collapsed) as fault:
            if state.rollbacks == MOST_ROLLBACKS:
                raise type(fault)(f"{fault}; after {MOST_ROLLBACKS} rollbacks this run is given up") from fault
            last = _roll_back(state, run, fault, last)
            text = f"{fault}; back to iteration {state.iteration}, rollback {state.rollbacks} of {MOST_ROLLBACKS}"
            if state.team.is_first:
                history.cut(run.history, state.iteration)
                history.append(run.history, {"iteration": state.iteration, "rollback": text})
                console.print(f"rollback: {text}", style="yellow", highlight=False, soft_wrap=True)


def _roll_back(state: State, run: Run, fault: TrainingError, last: int) -> int:
    """Put the state back to a checkpoint and on another path; return the checkpoint's iteration.

    Args:
        state: changed in place. The time that was lost stays spent, so that a budget is one.
        run: with its checkpoints.
        fault: why.
        last: the iteration that the run went back to the last time.
    """
    saved = state.team.ask_first(lambda: _last_good(run, last))
    if saved is None:
        raise type(fault)(f"{fault}; there is no checkpoint to go back to yet") from fault
    spent, rollbacks = (state.elapsed_s, state.cpu_s), state.rollbacks
    state.load_state_dict(saved)
    state.elapsed_s, state.cpu_s = spent
    state.branch(rollbacks + 1)
    return state.iteration


def _last_good(run: Run, last: int) -> dict[str, Any] | None:
    """Return the newest checkpoint's state, after removing the one that the run went back to the last time."""
    paths = checkpoints.every(run.checkpoints)
    saved = checkpoints.latest(run.checkpoints)
    if saved and saved["iteration"] == last and len(paths) > 1:
        paths[-1].unlink()
        saved = checkpoints.latest(run.checkpoints)
    return saved
