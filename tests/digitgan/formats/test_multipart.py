"""What a MIME reader finds in the multipart format."""

import email
import email.policy
import json
from email.message import EmailMessage, MIMEPart

import numpy as np

from digitgan.formats.registry import MULTIPART
from tests.digitgan.formats.pictures import a_job, body, decoded, generated


def parts(content: bytes) -> list[MIMEPart]:
    head = f"Content-Type: {MULTIPART.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + content, policy=email.policy.HTTP, _class=EmailMessage)
    assert not message.defects
    return list(message.iter_parts())


def test_parts_are_named_and_addressed_pngs_then_the_manifest() -> None:
    some = generated(5)
    *images, last = parts(body(MULTIPART, a_job(some), some))
    pixels = [decoded(part.get_payload(decode=True)) for part in images]  # type: ignore[arg-type]
    assert np.array_equal(pixels, some.images.pixels)
    manifest = json.loads(last.get_payload(decode=True))  # type: ignore[arg-type]
    assert last.get_content_type() == "application/json"
    assert last.get_filename() == "manifest.json"
    for part, record in zip(images, manifest["images"], strict=True):
        assert part.get_content_type() == "image/png"
        assert part.get_filename() == record["file"]
        assert part["content-location"] == record["url"]


def test_part_without_an_address_names_none() -> None:
    some = generated(1, seeds=False)
    [image, _] = parts(body(MULTIPART, a_job(some), some))
    assert image["content-location"] is None
