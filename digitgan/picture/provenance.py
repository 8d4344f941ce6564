"""What a file says of its origin: that a trained model generated it, and in a PNG how to request the same file again.

The provenance depends on the request and the model alone, not on this package's version, since versioned addresses
are permanent.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from digitgan.engine.engine import Generated
from digitgan.picture.job import Job
from digitgan.png.encoder import ENCODER_ID, international_text, text

SOFTWARE = "digitgan"
PREFIX = f"{SOFTWARE}:"  # of keywords; all but those in `ABOUT_MODEL` are fields of the request, as JSON
ABOUT_MODEL = ("encoder", "sha256", "model", "version")  # as plain text

XMP_KEYWORD = "XML:com.adobe.xmp"
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
# Adobe, "XMP Specification", part 1, section 7 (packet), part 3, section 1.1.5 (PNG: not compressed, read-only, first);
# IPTC, "Photo Metadata Standard 2025.1", Digital Source Type, and its NewsCodes.
PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">\
<Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>\
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""
_SAME_FOR_ALL = international_text(XMP_KEYWORD, PACKET) + text("Software", SOFTWARE)


def image_chunks(job: Job, generated: Generated) -> list[bytes]:
    """Return the chunks of each separate image or number; empty unless the job wants metadata."""
    picture = job.picture
    if not picture.metadata:
        return []
    head, source, contents = _head(job), generated.source, _contents(job, generated)
    gap = _fields(gap=picture.gap) if picture.numbers and picture.gap else b""
    return [
        head
        + _fields(**{source.field: source.item(start)}, **{name: values[i] for name, values in contents.items()})
        + gap
        for i, start in enumerate(_starts(job, generated))
    ]


def page_chunks(job: Job, generated: Generated) -> list[bytes]:
    """Return the chunks of the one picture that shows all images; empty unless the job wants metadata.

    A picture of several latents does not contain them, since each takes more bytes than its digit.
    """
    picture = job.picture
    if not picture.metadata:
        return []
    starts = _starts(job, generated)
    if len(starts) == 1:
        return image_chunks(job, generated)
    fields: dict[str, Any] = {"padding": picture.padding}
    if picture.columns is not None and not picture.numbers:
        fields["columns"] = picture.columns
    if picture.numbers and picture.gap:
        fields["gap"] = picture.gap
    return [_head(job) + _fields(**_sources(job, generated, starts), **fields)]


def animation_chunks(job: Job) -> bytes:
    """Return the chunks of an animation; empty unless the job wants metadata."""
    if not job.picture.metadata:
        return b""
    keys = {"frame_ms": job.picture.frame_ms, **job.keys} if job.keys else {}
    return _head(job) + _fields(**keys)


def _head(job: Job) -> bytes:
    """Return the chunks that all pictures of an answer have in common."""
    card, picture = job.card, job.picture
    about = zip(ABOUT_MODEL, (ENCODER_ID, card.file.sha256, card.model, card.version), strict=True)
    options: dict[str, Any] = {"truncation": job.plan.truncation}
    if picture.scale != 1:
        options["scale"] = picture.scale
    if picture.invert:
        options["invert"] = True
    return _SAME_FOR_ALL + b"".join(text(PREFIX + name, value) for name, value in about) + _fields(**options)


def _fields(**fields: Any) -> bytes:
    return b"".join(
        text(PREFIX + name, orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode())
        for name, value in fields.items()
    )


def _starts(job: Job, generated: Generated) -> Sequence[int]:
    """Return the position of each picture's first image."""
    if not job.picture.numbers:
        return range(len(generated.images.pixels))
    starts = [0]
    for digits in job.picture.numbers[:-1]:
        starts.append(starts[-1] + len(digits))
    return starts


def _contents(job: Job, generated: Generated) -> dict[str, list[Any]]:
    """Return the label or the digits of each picture, by field name; empty for a model without classes."""
    if job.picture.numbers:
        return {"digits": list(job.picture.numbers)}
    labels = generated.images.labels
    return {} if labels is None else {"labels": labels.tolist()}


def _sources(job: Job, generated: Generated, starts: Sequence[int]) -> dict[str, Any]:
    """Return what several pictures are made from, in the shortest form that a request accepts."""
    if job.keys is not None:
        return dict(job.keys)
    source = generated.source
    if source.seed(0) is None:
        return {}
    seeds = [source.seed(start) for start in starts]
    contents = {name: _shortest(values) for name, values in _contents(job, generated).items()}
    has_list = any(isinstance(value, list) for value in contents.values())
    return {source.field: _shortest(seeds) if has_list else seeds, **contents}


def _shortest(values: list[Any]) -> Any:
    """Return one value if all are equal, since a request repeats a single value; otherwise all values."""
    return values[0] if len(set(values)) == 1 else values
