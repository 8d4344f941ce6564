"""Knows what a PNG says of its origin: enough to ask for the same picture again, and that a trained model made it.

Does not know how it stands in the file, nor the way back from a file to a request (`command_line.inspection`). All of
it depends on request and model alone, never on this package's version: versioned addresses are for good.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from digitgan.engine.engine import Generated
from digitgan.picture.job import Asked
from digitgan.png.encoder import ENCODER_ID, international_text, text

SOFTWARE = "digitgan"
PREFIX = f"{SOFTWARE}:"  # of keywords; those that are not `ABOUT_MODEL` are fields of the request, their texts JSON
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


def of_each(asked: Asked, generated: Generated) -> list[bytes]:
    """Return the chunks of each picture shown by itself, an image or a number; none where they are not asked for."""
    picture = asked.picture
    if not picture.metadata:
        return []
    head, starts, contents = _head(asked), _starts(asked, generated), _contents(asked, generated)
    gap = _fields(gap=picture.gap) if picture.numbers and picture.gap else b""
    return [
        head + _fields(**_source(generated, start), **{name: values[i] for name, values in contents.items()}) + gap
        for i, start in enumerate(starts)
    ]


def of_page(asked: Asked, generated: Generated) -> list[bytes]:
    """Return the chunks of all pictures shown as one; none where they are not asked for.

    A picture of several latents does not hold them: each would outweigh its digit.
    """
    picture = asked.picture
    if not picture.metadata:
        return []
    starts = _starts(asked, generated)
    if len(starts) == 1:
        return of_each(asked, generated)
    fields: dict[str, Any] = {"padding": picture.padding}
    if picture.columns is not None and not picture.numbers:
        fields["columns"] = picture.columns
    if picture.numbers and picture.gap:
        fields["gap"] = picture.gap
    return [_head(asked) + _fields(**_sources(asked, generated, starts), **fields)]


def of_animation(asked: Asked) -> bytes:
    """Return the chunks of images that follow each other; none where they are not asked for."""
    if not asked.picture.metadata:
        return b""
    keys = {"frame_ms": asked.picture.frame_ms, **asked.keys} if asked.keys else {}
    return _head(asked) + _fields(**keys)


def _head(asked: Asked) -> bytes:
    """Return the chunks that all pictures of an answer have."""
    card, picture = asked.card, asked.picture
    about = zip(ABOUT_MODEL, (ENCODER_ID, card.file.sha256, card.model, card.version), strict=True)
    looks: dict[str, Any] = {"truncation": asked.plan.truncation}
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


def _starts(asked: Asked, generated: Generated) -> Sequence[int]:
    """Return where each picture's images begin."""
    if not asked.picture.numbers:
        return range(len(generated.images.pixels))
    starts = [0]
    for digits in asked.picture.numbers[:-1]:
        starts.append(starts[-1] + len(digits))
    return starts


def _contents(asked: Asked, generated: Generated) -> dict[str, list[Any]]:
    """Return what each picture shows, by the name of its field; nothing for a model without classes."""
    if asked.picture.numbers:
        return {"digits": list(asked.picture.numbers)}
    labels = generated.images.labels
    return {} if labels is None else {"labels": labels.tolist()}


def _source(generated: Generated, i: int) -> dict[str, Any]:
    if generated.seeds is not None:
        return {"seeds": generated.seeds[i]}
    return {} if generated.latents is None else {"latents": generated.latents[i]}


def _sources(asked: Asked, generated: Generated, starts: Sequence[int]) -> dict[str, Any]:
    """Return what several pictures come from, as short as a request can say it."""
    if asked.keys is not None:
        return dict(asked.keys)
    if generated.seeds is None:
        return {}
    seeds = [generated.seeds[start] for start in starts]
    contents = {name: _shortest(values) for name, values in _contents(asked, generated).items()}
    is_told_by_contents = any(isinstance(value, list) for value in contents.values())
    return {"seeds": _shortest(seeds) if is_told_by_contents else seeds, **contents}


def _shortest(values: list[Any]) -> Any:
    """Return one value for all that are alike; a request spreads it again, given as many of something else."""
    return values[0] if len(set(values)) == 1 else values
