"""Knows every way in which the engine can say no, grouped by who can act on it.

Does not know HTTP: `service.problems` turns these types into statuses.

EngineError
|- InvalidPlan            the caller: a field asks for something that cannot be had
|- UnknownModel           the caller: no such model or version
|- NotAvailableNow        time: the same request may pass later
|  |- Overloaded              the queue has no room for this many images
|  `- Draining                the engine is shutting down
|- CannotServe            the operator: what was deployed cannot be served
|  |- ModelRefused            a card, checksum or contract does not match its file
|  `- ProviderInactive        the execution provider that was named did not become active
`- RunFailed              us: the model run itself failed
"""


class EngineError(Exception):
    """Anything the engine refuses or fails at; its text is written for the person who reads the answer."""


class InvalidPlan(EngineError):
    """A field asks for something that cannot be had.

    Args:
        field: the field as the caller named it, for example ``labels`` or ``latents/3``.
        detail: what is wrong and what is allowed.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class UnknownModel(EngineError):
    """No model, or no version of it, has this name.

    Args:
        field: ``model`` or ``version``, whichever does not exist.
        detail: what was asked for and what there is.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class NotAvailableNow(EngineError):
    """The same request may be answered later.

    Args:
        detail: why not now.
        retry_after_s: whole seconds after which another try makes sense.
    """

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Overloaded(NotAvailableNow):
    """The queue has no room for this many images."""


class Draining(NotAvailableNow):
    """The engine finishes what it accepted and takes nothing new."""


class CannotServe(EngineError):
    """What was deployed cannot be served; the text names the file or setting and the reason."""


class ModelRefused(CannotServe):
    """A card, a checksum or a contract does not match the file beside it."""


class ProviderInactive(CannotServe):
    """The execution provider that was named did not become active."""


class RunFailed(EngineError):
    """The model run failed; the cause is attached."""
