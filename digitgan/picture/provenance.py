"""What a PNG says of its origin: enough to request the same picture again, and that a trained model made it.

All of it depends on request and model alone, never on this package's version: versioned addresses are permanent.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from digitgan.engine.engine import Generated
from digitgan.picture.job import Job
from digitgan.png.encoder import ENCODER_ID, international_text, text

SOFTWARE = "digitgan"
PREFIX = f"{SOFTWARE}:"  # of keywords; all but `ABOUT_MODEL` are fields of the request, with JSON texts
ABOUT_MODEL = ("encoder", "sha256", "model", "version")  # their texts are plain

XMP_KEYWORD = "XML:com.adobe.xmp"
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
# Adobe, "XMP Specification", part 1, section 7 (packet), part 3, section 1.1.5 (PNG: not compressed, read-only, first);
# IPTC, "Photo Metadata Standard 2025.1", Digital Source Type, and its NewsCodes.
_PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">\
<Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>\
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>"""
_SAME_FOR_ALL = international_text(XMP_KEYWORD, _PACKET) + text("Software", SOFTWARE)


def of_each(job: Job, generated: Generated) -> list[bytes]:
    """Return the chunks of each separate picture, an image or a number; none unless the job asks for metadata."""
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


def of_page(job: Job, generated: Generated) -> list[bytes]:
    """Return the chunks of the one picture that shows all images; none unless the job asks for metadata.

    A picture of several latents does not hold them: each would take more bytes than its digit.
    """
    picture = job.picture
    if not picture.metadata:
        return []
    starts = _starts(job, generated)
    if len(starts) == 1:
        return of_each(job, generated)
    fields: dict[str, Any] = {"padding": picture.padding}
    if picture.columns is not None and not picture.numbers:
        fields["columns"] = picture.columns
    if picture.numbers and picture.gap:
        fields["gap"] = picture.gap
    return [_head(job) + _fields(**_sources(job, generated, starts), **fields)]


def of_animation(job: Job) -> bytes:
    """Return the chunks of an animation; none unless the job asks for metadata."""
    if not job.picture.metadata:
        return b""
    keys = {"frame_ms": job.picture.frame_ms, **job.keys} if job.keys else {}
    return _head(job) + _fields(**keys)


def _head(job: Job) -> bytes:
    """Return the chunks that all pictures of an answer share."""
    card, picture = job.card, job.picture
    about = zip(ABOUT_MODEL, (ENCODER_ID, card.file.sha256, card.model, card.version), strict=True)
    looks: dict[str, Any] = {"truncation": job.plan.truncation}
    if picture.scale != 1:
        looks["scale"] = picture.scale
    if picture.invert:
        looks["invert"] = True
    return _SAME_FOR_ALL + b"".join(text(PREFIX + name, said) for name, said in about) + _fields(**looks)


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
    """Return what each picture shows, by field name; nothing for a model without classes."""
    if job.picture.numbers:
        return {"digits": list(job.picture.numbers)}
    labels = generated.images.labels
    return {} if labels is None else {"labels": labels.tolist()}


def _sources(job: Job, generated: Generated, starts: Sequence[int]) -> dict[str, Any]:
    """Return what several pictures come from, in the shortest form that a request accepts."""
    if job.keys is not None:
        return dict(job.keys)
    source = generated.source
    if source.seed(0) is None:
        return {}
    seeds = [source.seed(start) for start in starts]
    contents = {name: _shortest(values) for name, values in _contents(job, generated).items()}
    has_as_many_contents = any(isinstance(value, list) for value in contents.values())
    return {source.field: _shortest(seeds) if has_as_many_contents else seeds, **contents}


def _shortest(values: list[Any]) -> Any:
    """Return equal values as one, which a request spreads again over as many of something else."""
    return values[0] if len(set(values)) == 1 else values
