"""A check that onnxruntime will read nothing beyond a model file's own bytes.

It searches the bytes without parsing them, so no malformed file can deceive a parser.
"""

from digitgan.contract.errors import ModelRefused

# A tensor whose data are stored elsewhere, in a file or at a memory address, must say where under this key. Protobuf
# stores a string unchanged and in one piece, so a file without these bytes has no such tensor.
# Source: onnx.proto, TensorProto.external_data.
_EXTERNAL_DATA_KEY = b"location"

# onnxruntime's own format has these bytes at this offset, and other ways to say where data are stored.
# Source: onnxruntime, ort.fbs, file_identifier.
_ORT_IDENTIFIER, _ORT_OFFSET = b"ORTM", 4


def check_self_contained(content: bytes) -> None:
    """Raise ModelRefused unless a model is one self-contained ONNX file, as contract version 1 requires.

    A file that contains the key for any other reason is refused, too; exporters can avoid the word.
    """
    if content[_ORT_OFFSET:].startswith(_ORT_IDENTIFIER):
        raise ModelRefused("the model is in onnxruntime's own format; contract version 1 requires ONNX")
    if _EXTERNAL_DATA_KEY in content:
        raise ModelRefused(
            f"the model contains the word {_EXTERNAL_DATA_KEY.decode()!r}, which ONNX uses to refer to external data; "
            "contract version 1 requires one self-contained file"
        )
