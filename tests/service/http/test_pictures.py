"""Pictures in base64: what is read, and that an error never repeats them."""

import base64

import pytest
from pydantic import TypeAdapter, ValidationError

from service.http.pictures import File

FILE: TypeAdapter[bytes] = TypeAdapter(File)


@pytest.mark.parametrize("content", [b"", b"\x00", bytes(range(256))])
def test_base64_is_read_as_the_bytes_of_a_file(content: bytes) -> None:
    assert FILE.validate_python(base64.b64encode(content).decode()) == content


@pytest.mark.parametrize("text", ["c2VjcmV0=", "c2VjcmV", "c2Vj\ncmV0", "data:image/png;base64,c2VjcmV0", "c2Vj_mV0"])
def test_other_spellings_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        FILE.validate_python(text)
    [error] = raised.value.errors(include_input=False)
    assert "in base64 alone: no line breaks, and no prefix" in error["msg"]
    assert "c2Vj" not in error["msg"]


def test_other_types_than_text_are_refused() -> None:
    with pytest.raises(ValidationError):
        FILE.validate_python(b"c2VjcmV0")
