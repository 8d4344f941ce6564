"""Knows every way in which training can say no; each text is written for the person at the command line.

Does not know exit codes: `training.cli` turns these into them.

TrainingError
|- DataRefused      a data file is missing, damaged or not the one it should be
|- RunRefused       a run folder cannot be used for what was asked
|- MachineRefused   the device, or a batch shared by so many processes, cannot be had
|- Diverged         a loss stopped being a number; the text names the step
|- Collapsed        a generator lost classes, variety or likeness that it had; the text names which
|- JudgeRefused     a judge's file is missing, or is not the one that its manifest describes
|- NotScorable      a generator's file has inputs or outputs that no score can be computed from
|- TeacherRefused   a model to learn from is missing, needless, or has other latents than its student
|- BenchmarkRefused the documentation has no place for the figures
`- ExportRefused    a graph does not do what its PyTorch module does, or has no place to go
"""


class TrainingError(Exception):
    """Anything that training refuses or fails at."""


class DataRefused(TrainingError):
    """A data file is missing, damaged or not the one it should be."""


class RunRefused(TrainingError):
    """A run folder cannot be used for what was asked."""


class MachineRefused(TrainingError):
    """The device, or a batch shared by so many processes, cannot be had."""


class Diverged(TrainingError):
    """A loss stopped being a number."""


class Collapsed(TrainingError):
    """A generator lost classes, variety or likeness that it had."""


class ExportRefused(TrainingError):
    """A graph does not do what its PyTorch module does, or has no place to go."""


class JudgeRefused(TrainingError):
    """A judge's file is missing, or is not the one that its manifest describes."""


class TeacherRefused(TrainingError):
    """A model to learn from is missing, needless, or has other latents than its student."""


class NotScorable(TrainingError):
    """A generator's file has inputs or outputs that no score can be computed from."""


class BenchmarkRefused(TrainingError):
    """The documentation has no place for the figures."""
