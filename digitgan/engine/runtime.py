"""onnxruntime without telemetry: since 1.29 its Linux wheels report to Microsoft which models run.

All of the package imports onnxruntime from here, so that the variable is set before it is loaded.
"""

import os

from digitgan.contract.errors import CannotServe
from digitgan.installation import RUNTIME, install_command

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

try:
    import onnxruntime
except ModuleNotFoundError as error:
    if error.name != "onnxruntime":
        raise
    raise CannotServe(f"no ONNX runtime is installed; install one with: {install_command(RUNTIME)}") from None

__all__ = ["onnxruntime"]
