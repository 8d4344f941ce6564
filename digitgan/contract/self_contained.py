"""Knows by which marks a model file would have onnxruntime read anything beyond its own bytes.

Does not know what else an ONNX file says; it needs no parser, so there is none to be deceived.
"""

from digitgan.contract.errors import ModelRefused

# A tensor whose data lie elsewhere, in a file or at an address in memory, must say where under this key, and protobuf
# stores a string as it is, in one piece: a file without these bytes has no such tensor.
# Source: onnx.proto, TensorProto.external_data.
_EXTERNAL_DATA_KEY = b"location"

# onnxruntime's own format is told apart by these bytes at this place, and has other ways to say where data lie.
# Source: onnxruntime, ort.fbs, file_identifier.
_OTHER_FORMAT, _AT = b"ORTM", 4


def check_self_contained(content: bytes) -> None:
    """Do nothing if a model is one self-contained ONNX file, as contract version 1 wants it.

    A file that has the word for another reason is refused as well; an exporter can do without it.

    Raises:
        ModelRefused: it is not, or may not be.
    """
    if content[_AT:].startswith(_OTHER_FORMAT):
        raise ModelRefused("the model is in onnxruntime's own format; contract version 1 wants ONNX")
    if _EXTERNAL_DATA_KEY in content:
        raise ModelRefused(
            f"the model holds the word {_EXTERNAL_DATA_KEY.decode()!r}, by which ONNX names data outside of the file; "
            "contract version 1 wants one self-contained file"
        )
