"""The one table of file formats, in the service's order of preference.

Command-line choices, `Accept` negotiation, the OpenAPI description, the documentation and the parametrised tests are
all derived from it.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

from digitgan.formats import (
    coco,
    idx,
    json,
    labels,
    multipart,
    npy,
    numbers_parquet,
    parquet,
    pillow,
    png,
    svg,
    webdataset,
    yolo,
)
from digitgan.formats import zip as archives
from digitgan.formats.format import Format, Use, whole

_PIXELS_ALONE = frozenset({"scale", "invert", "ink", "color", "background", "masks", "animate"})

JSON = Format(
    name="json",
    media_type="application/json",
    suffix=".json",
    uses=Use.IMAGES | Use.FRAMES,
    description="Seed, label, address and PNG (base64) of each image; for a number also the boxes of its digits.",
    bytes_per_pixel=11,
    lacks=frozenset({"animate"}),
    encode=whole(json.render),
    is_compressible=True,
    example=json.EXAMPLE,
)
PNG = Format(
    name="png",
    media_type="image/png",
    suffix=".png",
    uses=Use.IMAGES | Use.FRAMES | Use.FILE | Use.ADDRESS,
    description="One digit, a contact sheet of several, or a strip of digits for each number; 8 bits of "
    "grey, of a palette, or of each of red, green and blue.",
    bytes_per_pixel=10,
    encode=whole(png.render_page),
)
SVG = Format(
    name="svg",
    media_type="image/svg+xml",
    suffix=".svg",
    uses=Use.IMAGES | Use.FRAMES | Use.FILE | Use.ADDRESS,
    description="The same picture in ink, as curves that have no size; without `color`, the page around it colours it.",
    bytes_per_pixel=96,
    encode=whole(svg.render),
    is_compressible=True,
    is_vector=True,
    lacks=frozenset({"masks"}),
    max_side=131_071,
    example=svg.EXAMPLE,
)
LINES = Format(
    name="ndjson",
    media_type="application/x-ndjson",
    suffix=".ndjson",
    uses=Use.IMAGES | Use.FRAMES,
    description="One JSON object a line, with the same fields for each image.",
    bytes_per_pixel=20,
    lacks=frozenset({"animate"}),
    encode=json.stream_lines,
    is_streamed=True,
    is_compressible=True,
    example=json.LINE_EXAMPLE,
)
JSONL = replace(
    LINES,
    name="jsonl",
    media_type="application/jsonl",
    suffix=".jsonl",
    description="The same lines as `application/x-ndjson`, by their other name.",
)
ZIP = Format(
    name="zip",
    media_type="application/zip",
    suffix=".zip",
    uses=Use.IMAGES | Use.FRAMES,
    description="One PNG file for each image, named by position, seed and label, and `manifest.json`.",
    bytes_per_pixel=11,
    encode=archives.stream_images,
    is_streamed=True,
)
MULTIPART = Format(
    name="multipart",
    media_type="multipart/mixed",
    content_type=multipart.CONTENT_TYPE,
    suffix=".multipart",
    uses=Use.IMAGES | Use.FRAMES,
    description="One PNG part for each image, with its name and address; the last part is `manifest.json`.",
    bytes_per_pixel=11,
    encode=multipart.stream,
    is_streamed=True,
    example=multipart.EXAMPLE,
)
NPY = Format(
    name="npy",
    media_type="application/x-npy",
    suffix=".npy",
    uses=Use.IMAGES | Use.FRAMES,
    description="All pixels as one uint8 array (N, height, width), or (N, height, width, 3) in colour, for "
    "`numpy.load`.",
    bytes_per_pixel=3,
    carries_mark=False,
    lacks=frozenset({"ink", "color", "background", "masks", "animate"}),
    encode=npy.stream,
    is_streamed=True,
    size=npy.size,
)
WEBP = Format(
    name="webp",
    media_type="image/webp",
    suffix=".webp",
    uses=Use.IMAGES | Use.FILE,
    description="The same picture as `image/png`, as lossless WebP; its bytes may change with Pillow's version.",
    bytes_per_pixel=48,
    lacks=frozenset({"masks"}),
    encode=whole(pillow.still("WEBP", once={"loop": 1}, lossless=True), is_slow=True),
    max_side=16_383,
    library="pillow",
)
WEBP_ANIMATION = Format(
    name="webp",
    media_type="image/webp",
    suffix=".webp",
    uses=Use.FRAMES,
    description="A lossless animated WebP; its bytes may change with Pillow's version.",
    bytes_per_pixel=10,
    is_animation=True,
    encode=whole(pillow.animation("WEBP", once={"loop": 1}, lossless=True), is_slow=True),
    library="pillow",
)
APNG = Format(
    name="apng",
    media_type="image/apng",
    suffix=".apng",
    uses=Use.IMAGES | Use.FRAMES | Use.FILE,
    description="An animated PNG; viewers that cannot animate it show the first frame.",
    bytes_per_pixel=6,
    is_animation=True,
    lacks=frozenset({"masks"}),
    encode=whole(png.render_animation),
)
GIF = Format(
    name="gif",
    media_type="image/gif",
    suffix=".gif",
    uses=Use.IMAGES | Use.FRAMES | Use.FILE,
    description="An animated GIF that keeps every grey, or 256 colours of a frame; a transparent background has hard "
    "edges. Its bytes may change with Pillow's version.",
    bytes_per_pixel=14,
    is_animation=True,
    lacks=frozenset({"masks"}),
    encode=whole(pillow.gif, is_slow=True),
    library="pillow",
)
FOLDERS = Format(
    name="folders",
    media_type="application/zip",
    suffix=".zip",
    uses=Use.DATASET,
    description="A PNG for each image in a folder for each class, by its number or name, as in `3/17.png`, for "
    "torchvision's `ImageFolder`.",
    bytes_per_pixel=9,
    encode=archives.stream_classes,
    is_streamed=True,
)
IDX = Format(
    name="idx",
    media_type="application/x-tar",
    suffix=".tar",
    uses=Use.DATASET,
    description="MNIST's two training files, gzipped IDX, in a tar archive; labels come first. Not in colour.",
    bytes_per_pixel=5,
    lacks=_PIXELS_ALONE | {"channels"},
    encode=idx.stream,
    is_streamed=True,
    size=idx.size,
    is_compressible=True,
)
PARQUET = Format(
    name="parquet",
    media_type="application/vnd.apache.parquet",
    suffix=".parquet",
    uses=Use.DATASET,
    description="One Parquet file with columns image, label and, unless a judge chose the images, seed, for Hugging "
    "Face's `datasets`.",
    bytes_per_pixel=7,
    lacks=_PIXELS_ALONE,
    encode=parquet.stream,
    is_streamed=True,
    size=parquet.size,
    is_compressible=True,
)
LABELLED_FILES = Format(
    name="files",
    media_type="application/zip",
    suffix=".zip",
    uses=Use.NUMBERS,
    description="A PNG for each number, as in `images/17.png` for seed 17, and `labels.jsonl`: its text and the box of "
    "each glyph, a line a number.",
    bytes_per_pixel=11,
    lacks=frozenset({"animate"}),
    pack=labels.pack,
    encode=labels.stream,
    is_streamed=True,
)
COCO = Format(
    name="coco",
    media_type="application/x.coco+zip",
    suffix=".zip",
    uses=Use.NUMBERS,
    description="A PNG for each number, and `annotations.json` in COCO's format: an object for each glyph with its box "
    "and, with `masks`, its ink; the text is a field of the image.",
    bytes_per_pixel=11,
    lacks=frozenset({"animate"}),
    pack=coco.pack,
    encode=coco.stream,
    is_streamed=True,
)
YOLO = Format(
    name="yolo",
    media_type="application/x.yolo+zip",
    suffix=".zip",
    uses=Use.NUMBERS,
    description="A PNG and a text file for each number, with class and box of each glyph, and `data.yaml`, as YOLO's "
    "trainers read them.",
    bytes_per_pixel=11,
    pack=yolo.pack,
    encode=yolo.stream,
    is_streamed=True,
)
WEBDATASET = Format(
    name="webdataset",
    media_type="application/x-tar",
    suffix=".tar",
    uses=Use.NUMBERS,
    description="A tar archive for `webdataset`: PNG, text, and JSON with the box of each glyph, for each number.",
    bytes_per_pixel=11,
    lacks=frozenset({"animate"}),
    pack=webdataset.pack,
    encode=webdataset.stream,
    is_streamed=True,
)
NUMBERS_PARQUET = Format(
    name="parquet",
    media_type="application/vnd.apache.parquet",
    suffix=".parquet",
    uses=Use.NUMBERS,
    description="One Parquet file with columns image, text, seed and glyphs, for Hugging Face's `datasets`; its bytes "
    "may change with pyarrow's version.",
    bytes_per_pixel=30,
    lacks=frozenset({"animate"}),
    pack=numbers_parquet.pack,
    encode=numbers_parquet.stream,
    is_streamed=True,
    library="pyarrow",
    extra="parquet",
)

# The first is what a client gets that states no preference.
FORMATS = (
    *(JSON, PNG, SVG, LINES, JSONL, ZIP, MULTIPART, NPY, WEBP, WEBP_ANIMATION, APNG, GIF),
    *(FOLDERS, IDX, PARQUET),
    *(LABELLED_FILES, COCO, YOLO, WEBDATASET, NUMBERS_PARQUET),
)


@cache
def offered(use: Use) -> dict[str, Format]:
    """Return the formats that an operation offers, by media type, in order of preference."""
    return {each.media_type: each for each in FORMATS if use in each.uses}


@cache
def named(use: Use) -> dict[str, Format]:
    """Return the formats that an operation offers, by their names on the command line."""
    return {each.name: each for each in FORMATS if use in each.uses}


@cache
def suffixed(use: Use) -> dict[str, Format]:
    """Return the formats that an operation offers, by the suffixes of their files; of several, the first."""
    found: dict[str, Format] = {}
    for each in FORMATS:
        if use in each.uses:
            found.setdefault(each.suffix, each)
    return found


def format_of_file(path: Path, name: str | None) -> Format:
    """Return the format of a picture's file: the named one, or else the one that its suffix means.

    Args:
        path: the file.
        name: name of the format; None if the suffix says it.

    Raises:
        ValueError: the suffix and the name mean no format, or two.
    """
    suffix, by_name, by_suffix = path.suffix.lower(), named(Use.FILE), suffixed(Use.FILE)
    found = by_suffix.get(suffix)
    if name is None:
        if found is None:
            raise ValueError(f"the name of a picture's file ends with {', '.join(by_suffix)}, not {path.name!r}")
        return found
    if found is not None and found.name != name:
        raise ValueError(f"the file's name says {suffix}, but the format is {name}")
    return by_name[name]
