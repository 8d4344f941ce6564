"""Names a run's troubles, and keeps the best generator so far.

The discriminator's accuracy does not show them: a pair that has collapsed may stand at 50 %, like one in equilibrium.
So each generator is appraised before its checkpoint is saved, and a collapsed one is not saved.
"""

from dataclasses import dataclass

from rich.console import Console

from .. import checkpoints, history
from ..errors import Collapsed
from ..run import Run
from ..state import Figures, State
from .appraisal import Appraisal, Appraiser
from .progress import show_figures

# Measured: a generator of 3 pictures with slight variations has 0.99 duplicates; of 10 pictures, 0.3 to 0.45; of 30,
# 0.03 to 0.1. Real digits have 0.01. Early in a healthy run the classes are uneven, so warnings come first.
FEW_CLASSES, TOO_FEW_CLASSES = 0.8, 0.5  # of all classes
MANY_DUPLICATES, TOO_MANY_DUPLICATES = 0.15, 0.5
FAR, TOO_FAR = 3.0, 10.0  # times the best distance
WIDE_GAP, SURE = 10.0, 0.995  # logits are log-odds: 10 is 22,000 to 1


@dataclass(frozen=True)
class Symptom:
    """A trouble of a generator.

    Args:
        text: a description with its figure.
        is_collapse: whether continuing from here is hopeless rather than merely worrying.
    """

    text: str
    is_collapse: bool


def diagnose(now: Appraisal, best: Appraisal | None, n_classes: int = 10) -> list[Symptom]:
    """Return the symptoms of a generator.

    It has collapsed only if the run had a better generator before: at the beginning of a run there are also few classes
    and many duplicates, but nothing to go back to.

    Args:
        now: its appraisal.
        best: the appraisal of the best generator so far, if any.
        n_classes: of the data.
    """
    symptoms = []
    few, too_few = FEW_CLASSES * n_classes, TOO_FEW_CLASSES * n_classes
    if now.classes < few:
        is_collapse = now.classes < too_few and best is not None and best.classes >= few
        symptoms.append(Symptom(f"{now.classes:.1f} of {n_classes} classes", is_collapse))
    if now.duplicates > MANY_DUPLICATES:
        is_collapse = now.duplicates > TOO_MANY_DUPLICATES and best is not None and best.duplicates <= MANY_DUPLICATES
        symptoms.append(Symptom(f"{now.duplicates:.0%} duplicates", is_collapse))
    if best is not None and now.judge_distance > FAR * best.judge_distance:
        times = now.judge_distance / best.judge_distance
        symptoms.append(Symptom(f"{times:.1f} times the best distance from real digits", times > TOO_FAR))
    return symptoms


def lopsided(figures: Figures) -> Symptom | None:
    """Return a symptom if the discriminator wins the game outright, given the means of some iterations."""
    gap, accuracy = figures.get("logit_gap", 0.0), figures.get("discriminator_accuracy", 0.0)
    if gap > WIDE_GAP and accuracy > SURE:
        return Symptom(
            f"the discriminator is right in {accuracy:.1%}, with a logit gap of {gap:.1f}", is_collapse=False
        )
    return None


class Watchdog:
    """Appraises the served generator before each checkpoint, writes figures and warnings, and keeps the best.

    It must come before the hooks that write the history and the checkpoints.

    Args:
        run: keeps the history and the best generator.
        appraiser: with a judge of the data.
        console: shows warnings.
        n_classes: of the data.
    """

    def __init__(self, run: Run, appraiser: Appraiser, console: Console, n_classes: int = 10) -> None:
        self._run = run
        self._appraiser = appraiser
        self._console = console
        self._n_classes = n_classes
        saved = checkpoints.read(run.best)
        self._best = Appraisal(**saved["appraisal"]) if saved else None
        self._looked_at = -1

    def after_iteration(self, state: State, progress: float) -> None:
        """Appraise the generator if a checkpoint is due.

        Raises:
            Collapsed: the served generator has collapsed; the message names the symptoms.
        """
        if state.iteration % state.recipe.checkpoint_every == 0:
            self._look(state, progress)

    def at_end(self, state: State, progress: float) -> None:
        """Appraise the generator once more if the run is complete; a stopped run does not wait for the judge."""
        if progress >= 1 and self._looked_at != state.iteration:
            try:
                self._look(state, progress)
            except Collapsed as error:
                self._warn(state, str(error))

    def _look(self, state: State, progress: float) -> None:
        self._looked_at = state.iteration
        generator = state.served_generator()
        appraisal = self._appraiser.appraise(generator)
        figures = appraisal.figures
        history.append(self._run.history, state.stamp(progress) | figures)
        show_figures(self._console, "judge", state, figures)
        symptoms = diagnose(appraisal, self._best, self._n_classes)
        if any(symptom.is_collapse for symptom in symptoms):
            raise Collapsed(f"iteration {state.iteration}: {', '.join(symptom.text for symptom in symptoms)}")
        if game := lopsided(state.window.means):
            symptoms.append(game)
        for symptom in symptoms:
            self._warn(state, symptom.text)
        if self._best is None or appraisal.judge_distance < self._best.judge_distance:
            self._best = appraisal
            snapshot = {
                "generator": generator.state_dict(),
                "average": None,  # these are the served weights already
                "iteration": state.iteration,
                "elapsed_s": state.elapsed_s,
                "cpu_s": state.cpu_s,
                "appraisal": vars(appraisal),
            }
            checkpoints.write(snapshot, self._run.best)

    def _warn(self, state: State, text: str) -> None:
        history.append(self._run.history, {"iteration": state.iteration, "warning": text})
        self._console.print(f"warning: {text}", style="yellow", highlight=False, soft_wrap=True)
