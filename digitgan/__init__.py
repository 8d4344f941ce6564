"""Handwritten digits from a GAN: seeds and latents in, images and files out.

`write` draws a number, `load` returns a model that draws any number of digits, `Digits` is a labelled data set, and
`stream` reads one from an address. Each is loaded when it is first used.
"""

TYPE_CHECKING = False  # but true for type checkers
if TYPE_CHECKING:
    from digitgan.api.digits import Digits
    from digitgan.api.hand import Hand
    from digitgan.api.loading import load, write
    from digitgan.api.model import Model, Samples
    from digitgan.api.remote import RemoteStream, stream
    from digitgan.api.stream import DigitStream
    from digitgan.api.writing import Writing
    from digitgan.contract.errors import EngineError

__version__ = "1.0.0"
__all__ = [
    "DigitStream",
    "Digits",
    "EngineError",
    "Hand",
    "Model",
    "RemoteStream",
    "Samples",
    "Writing",
    "__version__",
    "load",
    "stream",
    "write",
]

_MODULES = {
    "DigitStream": "api.stream",
    "Digits": "api.digits",
    "EngineError": "contract.errors",
    "Hand": "api.hand",
    "Model": "api.model",
    "RemoteStream": "api.remote",
    "Samples": "api.model",
    "Writing": "api.writing",
    "load": "api.loading",
    "stream": "api.remote",
    "write": "api.loading",
}


def __getattr__(name: str) -> object:
    """Return a public name from its module, which is imported now (PEP 562)."""
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return all names, also those that are not loaded yet."""
    return sorted({*globals(), *__all__})
