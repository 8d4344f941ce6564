"""The JSON bodies of the Open Inference Protocol v2.

Fields that are not in the protocol are ignored, as the protocol requires, since its extensions add some.
"""

from typing import Annotated, Any

from pydantic import BaseModel, Field, Strict, model_validator

from digitgan.request.fields import WholeNumber

_Size = Annotated[int, WholeNumber(0, 2**31 - 1)]
_Flag = Annotated[bool, Strict()]
_MOST_INPUTS = 4  # of any model: latent, seed, label and truncation
_SEND_DATA = "send data in the request, and read outputs from the answer"
_UNSUPPORTED = {
    "classification": "leave it out (class_count of Triton's client): the output 'label' has the class of each image",
    "priority": "leave it out: all requests take turns",
    "sequence_id": "leave it out: no request depends on another one",
    "shared_memory_region": _SEND_DATA,
}
_Word = Annotated[str, Field(max_length=100)]  # longer than any name in use; errors repeat it


class _Parameters(BaseModel):
    """Parameters of Triton's extensions, of which some would change the answer and are refused."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_unsupported(cls, given: Any) -> Any:
        for name, instead in _UNSUPPORTED.items() if isinstance(given, dict) else ():
            if given.get(name):
                raise ValueError(f"the parameter {name!r} is not supported; {instead}")
        return given


class InputParameters(_Parameters):
    """Parameters of an input."""

    binary_data_size: Annotated[_Size | None, Field(description="bytes of the tensor, which follow the JSON")] = None


class InputTensor(BaseModel):
    """One input."""

    # In the description only, as for outputs; which inputs a model has is checked later.
    name: Annotated[_Word, Field(json_schema_extra={"enum": ["latent", "seed", "label", "truncation", "image"]})]
    shape: Annotated[list[_Size], Field(fail_fast=True, min_length=1, max_length=8)]
    datatype: Annotated[
        _Word, Field(description="of the model's metadata", json_schema_extra={"enum": ["FP32", "INT64", "UINT8"]})
    ]
    parameters: InputParameters = InputParameters()
    data: Annotated[list[Any] | None, Field(description="row by row, flat or nested")] = None


class OutputParameters(_Parameters):
    """Parameters of an output."""

    binary_data: Annotated[_Flag | None, Field(description="whether it comes as bytes after the JSON")] = None


class WantedOutput(BaseModel):
    """One requested output."""

    # In the description only; which outputs a model has is checked later.
    name: Annotated[_Word, Field(json_schema_extra={"enum": ["image", "label", "png", "latent", "class"]})]
    parameters: OutputParameters = OutputParameters()


class RequestParameters(_Parameters):
    """Parameters of the whole request."""

    binary_data_output: Annotated[
        _Flag, Field(description="every output as bytes, unless its own parameters differ")
    ] = False
    timeout: Annotated[
        Annotated[int, WholeNumber(0, 2**53 - 1)] | None,
        Field(description="most microseconds until the answer is made; 0 and null for no such limit"),
    ] = None


class InferRequest(BaseModel):
    """The JSON part of a request."""

    id: Annotated[str | None, Field(max_length=1024, description="returned in the answer")] = None
    parameters: RequestParameters = RequestParameters()
    inputs: Annotated[list[InputTensor], Field(fail_fast=True, min_length=1, max_length=_MOST_INPUTS)]
    outputs: Annotated[
        Annotated[list[WantedOutput], Field(fail_fast=True, max_length=16)] | None,
        Field(description="default: all but png"),
    ] = None


class OutputTensor(BaseModel):
    """One output; if it has no data, its bytes follow the JSON."""

    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] | None = None
    data: list[Any] | None = None


class InferResponse(BaseModel):
    """The JSON part of an answer."""

    id: str | None = None
    model_name: str
    model_version: str
    outputs: list[OutputTensor]


class TensorMetadata(BaseModel):
    """Type and shape of a tensor; -1 stands for any number."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """A model, as its clients see it."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ServerMetadata(BaseModel):
    """The server."""

    name: str
    version: str
    extensions: list[str]


class ServerLive(BaseModel):
    """Whether the server answers."""

    live: bool


class ServerReady(BaseModel):
    """Whether every model can run; the protocol's text has the key ``live``, but its clients read ``ready``."""

    live: bool
    ready: bool


class ModelReady(BaseModel):
    """Whether a model can run."""

    name: str
    ready: bool


class InferError(BaseModel):
    """An error."""

    error: str


ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": InferError}, "5XX": {"model": InferError}}
# Not a parameter of a function, which would be one of the query if the path has no version.
VERSION = {"name": "version", "in": "path", "required": True, "schema": {"type": "string", "examples": ["1"]}}
