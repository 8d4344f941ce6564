"""What a data set says of itself: a text for people, and metadata for programs, neither of which needs an image.

Source: MLCommons, "Croissant Format Specification", version 1.1; JSON-LD 1.1.
"""

from collections.abc import Mapping
from typing import Any

from digitgan.contract.card import Card
from digitgan.dataset.files import FILES
from digitgan.dataset.spec import DatasetSpec

README, CROISSANT, SUMS = "README.md", "croissant.json", "SHA256SUMS"
TEXTS = {
    README: ("text/markdown; charset=utf-8", "What this data set is, how to fetch it, and under which licence."),
    CROISSANT: ("application/ld+json", "The same for programs: metadata in Croissant 1.1."),
    SUMS: ("text/plain; charset=utf-8", "The sha256 of each file, for `sha256sum --check --ignore-missing`."),
}

_LICENCES = {"Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0"}
_PROJECT = "digitgan"
_CROISSANT = "http://mlcommons.org/croissant/"
_OWN_TERMS = (
    *("citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject", "fileProperty"),
    *("fileSet", "format", "includes", "isArray", "arrayShape", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator"),
    *("source", "subField", "transform"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": _CROISSANT,
    "rai": f"{_CROISSANT}RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _OWN_TERMS},
}
_PARQUET, _LINE = "data.parquet", "\n"
_ENCODINGS = {_PARQUET: ["application/vnd.apache.parquet", "application/x-parquet"]}  # mlcroissant knows the second


def readme(spec: DatasetSpec, card: Card, url: str, sizes: Mapping[str, int]) -> str:
    """Return the text about a data set for people, in Markdown.

    Args:
        spec: the data set.
        card: card of its model version.
        url: address of the data set, without a slash at the end.
        sizes: bytes of each file, by name.
    """
    test, labels = spec.test, spec.plan(card, spec.count).labels or ()
    rows = [f"| [{name}]({name}) | {size:,} | {FILES[name].description} |" for name, size in sizes.items()]
    rows += [f"| [{name}]({name}) | | {description} |" for name, (_, description) in TEXTS.items()]
    return f"""\
# {_title(spec, card)}

{_description(spec, card)}

    {spec.text(card)}

Nobody stores this data set: each byte follows from its address, and is made when it is asked for.

| file | bytes | content |
|---|---:|---|
{_LINE.join(rows)}

- Images to train with: {spec.count:,}, {_seeds(spec)}.
- Images to test with: {test.count:,}, {_seeds(test)}.
- An image has {_pixels(card)}.
- The first labels are {", ".join(_label(label, card) for label in labels[:10])}.
{_classes(card)}
## Fetch it

    wget -c {url}/{_PARQUET}
    wget {url}/{SUMS}
    sha256sum --check --ignore-missing {SUMS}

{SUMS} takes as long as making every image once. If the transfer breaks off, ask again: it goes on where it was.

All files but those in gzip answer ranges of bytes, so a reader of Parquet fetches only what it needs:

    datasets.load_dataset("parquet", data_files="{url}/{_PARQUET}", streaming=True)

## Licence

{_licence(card)}
"""


def croissant(spec: DatasetSpec, card: Card, url: str, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return the metadata of a data set in Croissant.

    It is marked as live, since a checksum of a file is not known before its images are.

    Args:
        spec: the data set.
        card: card of its model version.
        url: address of the data set, without a slash at the end.
        sizes: bytes of each file, by name.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": spec.text(card),
        "description": _description(spec, card),
        "conformsTo": f"{_CROISSANT}1.1",
        "isLiveDataset": True,
        "url": f"{url}/{README}",
        **({"license": _LICENCES.get(card.licence, card.licence)} if card.licence else {}),
        "version": f"{card.version}.0.0",
        "datePublished": card.created.date().isoformat(),
        "creator": {"@type": "sc:Organization", "name": _PROJECT},
        "citeAs": f"{_title(spec, card)}: {url}/{README}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "description": FILES[name].description,
                "contentUrl": f"{url}/{name}",
                "contentSize": f"{size} B",
                "encodingFormat": _ENCODINGS.get(name, FILES[name].media_type),
            }
            for name, size in sizes.items()
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "images",
                "name": "images",
                "description": "The images to train with.",
                "field": [
                    _field("image", "sc:ImageObject", "a PNG file of the image", transform={"jsonPath": "bytes"}),
                    _field("label", "sc:Integer", _about_label(card)),
                    *([] if spec.of_selection else [_field("seed", "sc:Integer", "the seed that it was made from")]),
                ],
            }
        ],
    }


def _licence(card: Card) -> str:
    """Return what the card says of licences, or that it does not say it."""
    licence = f"{card.licence}, like" if card.licence else "Unknown, like that of"
    text = f"{licence} the model that drew all images."
    if card.data is None:
        return f"{text} The data that it learned from are unknown."
    return f"{text} It learned from {card.data.name}: {card.data.source}\n({card.data.licence})."


def _field(name: str, kind: str, description: str, **more: Any) -> dict[str, Any]:
    source = {"fileObject": {"@id": _PARQUET}, "extract": {"column": name}, **more}
    about = {"@type": "cr:Field", "@id": f"images/{name}", "name": f"images/{name}", "description": description}
    return about | {"dataType": kind, "source": source}


def _title(spec: DatasetSpec, card: Card) -> str:
    return f"{spec.count:,} {_content(card)} by {_PROJECT}"


def _content(card: Card) -> str:
    return "handwritten digits" if draws_digits(card) else f"images of {card.n_classes:,} classes"


def draws_digits(card: Card) -> bool:
    """Return whether the classes are the ten digits; others, with names or without, may be anything."""
    return card.n_classes == 10 and not card.names


def _pixels(card: Card) -> str:
    values = (
        "in colour: red, green and blue, each from 0 to 255" if card.is_colour else "from 0 (background) to 255 (ink)"
    )
    return f"{card.image_height} x {card.image_width} pixels, {values}"


def _label(label: int, card: Card) -> str:
    return f"{label} ({card.names[label]})" if card.names else str(label)


def _about_label(card: Card) -> str:
    classes = ", ".join(_label(label, card) for label in range(len(card.names)))
    if not classes:
        return f"the {'digit' if draws_digits(card) else 'class'} that it shows"
    return f"the class that it shows: {classes}"


def _classes(card: Card) -> str:
    """Return the line that lists the classes; nothing if they have no names."""
    return (
        f"- The classes are {', '.join(_label(label, card) for label in range(card.n_classes))}.\n"
        if card.names
        else ""
    )


def _seeds(spec: DatasetSpec) -> str:
    seeds = f"of seeds {spec.seed:,} to {spec.seed + spec.count - 1:,}"
    return f"{seeds} or later candidates in their place" if spec.of_selection else seeds


def _description(spec: DatasetSpec, card: Card) -> str:
    classes = "in the shares of MNIST" if spec.labels == "mnist" else "as many of each class"
    hand = ", in one hand" if spec.of_hand else ""
    content = "images of handwritten digits" if draws_digits(card) else _content(card)
    images = (
        f"{spec.count:,} labelled {content}, {classes}{hand}, generated by model {card.model!r}, "
        f"version {card.version}, and a sixth as many to test with."
    )
    verified = " A judge reads each image as its label." if spec.verified else ""
    difficult = f" Each is the hardest to read of {spec.difficulty} candidates." if spec.difficulty > 1 else ""
    return images + verified + difficult
