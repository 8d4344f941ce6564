"""Knows what a reader of MIME must find. Does not know HTTP."""

import email
import email.policy
import json
from email.message import EmailMessage, MIMEPart

import numpy as np

from digitgan.formats.multipart_body import FORM
from tests.digitgan.formats.pictures import asked, body, decoded, generated


def parts(content: bytes) -> list[MIMEPart]:
    head = f"Content-Type: {FORM.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + content, policy=email.policy.HTTP, _class=EmailMessage)
    assert not message.defects
    return list(message.iter_parts())


def test_each_part_is_a_png_with_name_and_address_and_the_last_the_manifest() -> None:
    some = generated(5)
    *images, last = parts(body(FORM, asked(some), some))
    pixels = [decoded(part.get_payload(decode=True)) for part in images]  # type: ignore[arg-type]
    assert np.array_equal(pixels, some.images.pixels)
    manifest = json.loads(last.get_payload(decode=True))  # type: ignore[arg-type]
    assert last.get_content_type() == "application/json"
    assert last.get_filename() == "manifest.json"
    for part, record in zip(images, manifest["images"], strict=True):
        assert part.get_content_type() == "image/png"
        assert part.get_filename() == record["file"]
        assert part["content-location"] == record["url"]


def test_what_has_no_address_names_none() -> None:
    some = generated(1, seeds=False)
    [image, _] = parts(body(FORM, asked(some), some))
    assert image["content-location"] is None
