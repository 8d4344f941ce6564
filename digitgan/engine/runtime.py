"""onnxruntime without telemetry: since 1.29 its Linux wheels report to Microsoft which models run.

All of the package imports onnxruntime from here, so that the variable is set before it is loaded.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["onnxruntime"]
