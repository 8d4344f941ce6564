"""Where the parts of the distribution lie, inside this package when installed, and how to install what is missing."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

RUNTIME = "cpu"  # the extra with the runtime that runs on every machine
_PACKAGE = Path(__file__).parent
_IS_INSTALLED = any(  # in the repository they lie beside it
    (_PACKAGE / half).is_dir() for half in ("service", "training")
)


def module_name(half: str) -> str:
    """Return the name under which a half, service or training, is imported here, whether or not it is installed."""
    return f"{_PACKAGE.name}.{half}" if _IS_INSTALLED else half


def shipped_models() -> Path:
    """Return the models folder that comes with the package."""
    return (_PACKAGE if _IS_INSTALLED else _PACKAGE.parent) / "exported"


def install_command(extra: str) -> str:
    """Return the shell command that adds the packages of an extra, such as cpu, to the environment of this process.

    Every command needs a runtime, so the command adds one where there is none.
    """
    extras = extra if extra == RUNTIME or find_spec("onnxruntime") else f"{RUNTIME},{extra}"
    python = shlex.quote(sys.executable)
    # The environments of uv have no pip of their own.
    install = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return f"{install} 'digitgan[{extras}]'"
