"""Everything that training refuses or fails at; each message is written for the person at the command line.

TrainingError
|- DataRefused      a data file is missing, damaged or not the expected one
|- RecipeRefused    a recipe does not exist, or its values contradict each other
|- RunRefused       a run folder does not allow what was requested
|- MachineRefused   the device is not available, or the processes cannot share a batch
|- Diverged         a loss is no longer a finite number; the message names the iteration
|- Collapsed        a generator lost classes, variety or likeness that it had; the message names them
|- JudgeRefused     a judge's file is missing, or is not the one that its manifest describes
|- NotScorable      a generator's file has inputs or outputs that cannot be scored
|- TeacherRefused   a teacher is missing, not needed, or has other latents than its student
|- BenchmarkRefused the documentation has no place for the figures
|- AdoptionRefused  a generator of other software cannot be wrapped into the model contract
`- ExportRefused    a graph differs from its PyTorch module, or its folder is taken
"""


class TrainingError(Exception):
    """Anything that training refuses or fails at."""


class DataRefused(TrainingError):
    """A data file is missing, damaged or not the expected one."""


class RecipeRefused(TrainingError):
    """A recipe does not exist, or its values contradict each other."""


class RunRefused(TrainingError):
    """A run folder does not allow what was requested."""


class MachineRefused(TrainingError):
    """The device is not available, or the processes cannot share a batch."""


class Diverged(TrainingError):
    """A loss is no longer a finite number."""


class Collapsed(TrainingError):
    """A generator lost classes, variety or likeness that it had."""


class ExportRefused(TrainingError):
    """A graph differs from its PyTorch module, or its folder is taken."""


class AdoptionRefused(TrainingError):
    """A generator of other software cannot be wrapped into the model contract."""


class JudgeRefused(TrainingError):
    """A judge's file is missing, or is not the one that its manifest describes."""


class TeacherRefused(TrainingError):
    """A teacher is missing, not needed, or has other latents than its student."""


class NotScorable(TrainingError):
    """A generator's file has inputs or outputs that cannot be scored."""


class BenchmarkRefused(TrainingError):
    """The documentation has no place for the figures."""
