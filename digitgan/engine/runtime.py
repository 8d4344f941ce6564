"""onnxruntime without telemetry: since 1.29 its Linux wheels report to Microsoft which models run.

All of the package imports onnxruntime from here, so that the variable is set before it is loaded.
"""

import os

from digitgan.contract.errors import require_runtime

require_runtime()
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime  # noqa: E402 - after the variable

__all__ = ["onnxruntime"]
