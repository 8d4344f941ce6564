"""The errors that the engine raises, grouped by who can act on them; the service maps them to HTTP statuses.

EngineError
|- InvalidPlan            the caller: a field has a value that is not possible; a ValueError
|- PictureRefused         the caller: a picture is no digit that can be read; a ValueError
|- UnknownModel           the caller: no such model or version; a ValueError
|- NotAvailableNow        time: the same request may succeed later
|  |- Overloaded              the queue has no room for this many images
|  `- Draining                the engine is shutting down
|- CannotServe            the operator: what was deployed cannot be served
|  |- NotInstalled            an extra of the package is not installed
|  |- ModelRefused            a model does not match its card, or breaks the model contract
|  |- JudgeUnusable           a judge's file is missing, or is not the one that its manifest describes
|  `- ProviderInactive        the named execution provider did not become active
`- RunFailed              the developers: a model run failed
"""

from importlib.util import find_spec

from digitgan.installation import RUNTIME, install_command


class EngineError(Exception):
    """Any refusal or failure of the engine; its message is written for the caller, who gets it in the answer."""


class InvalidPlan(EngineError, ValueError):
    """A field has a value that is not possible.

    Args:
        field: the name that the caller gave the field, for example ``labels`` or ``latents/3``.
        detail: what is wrong and what is allowed.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class PictureRefused(EngineError, ValueError):
    """A picture cannot be read as one digit; the message says what it is instead.

    Attributes:
        position: of the picture, where a request has several.
    """

    position = 0


class UnknownModel(EngineError, ValueError):
    """No model, or no version of the model, has this name.

    Args:
        field: ``model`` or ``version``, whichever does not exist.
        detail: the requested name and the available ones.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class NotAvailableNow(EngineError):
    """The same request may succeed later.

    Args:
        detail: why it does not succeed now.
        retry_after_s: whole seconds after which a retry is likely to succeed.
    """

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Overloaded(NotAvailableNow):
    """The queue has no room for this many images."""


class Draining(NotAvailableNow):
    """The engine finishes accepted requests and accepts no new ones."""


class CannotServe(EngineError):
    """What was deployed cannot be served; the message names the file or setting and the reason."""


class NotInstalled(CannotServe):
    """A package is not installed; the message has the command that installs it.

    Args:
        user: what needs the package.
        package: its name.
        extra: the extra of this package that requires it.
    """

    def __init__(self, user: str, package: str, extra: str) -> None:
        super().__init__(f"{user} needs {package}; install it with: {install_command(extra)}")


class ModelRefused(CannotServe):
    """A model does not match its card, or breaks the model contract."""


class JudgeUnusable(CannotServe):
    """A judge's file is missing, or is not the one that its manifest describes."""


class ProviderInactive(CannotServe):
    """The execution provider that was named did not become active."""


class RunFailed(EngineError):
    """A model run failed; ``__cause__`` holds the reason."""


def require_runtime() -> None:
    """Raise CannotServe unless an ONNX runtime is installed, without loading it, which takes time and memory."""
    if find_spec("onnxruntime") is None:
        raise CannotServe(f"no ONNX runtime is installed; install one with: {install_command(RUNTIME)}")
