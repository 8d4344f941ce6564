"""Knows onnxruntime, and that it reports to nobody: since 1.29 its Linux wheels send Microsoft what they run.

Does not know models. All of the service has onnxruntime from here, so that the variable is set before it is loaded.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["onnxruntime"]
