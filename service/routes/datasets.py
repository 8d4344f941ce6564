"""``/datasets``: data sets that have addresses, and that nobody stores: any bytes of a file are made on request."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from digitgan.contract.card import Card
from digitgan.contract.limits import MAX_DATASET_IMAGES
from digitgan.contract.words import unknown
from digitgan.dataset.about import README, SUMS, TEXTS, croissant, draws_digits, readme
from digitgan.dataset.checksums import Pass, text_size
from digitgan.dataset.files import FILES, DatasetFile, files_of
from digitgan.dataset.spec import DatasetSpec, items_of
from digitgan.engine.plan import Plan
from digitgan.formats.idx import GzipFile
from digitgan.formats.layout import FixedFile
from digitgan.formats.parts import job_of_file
from digitgan.picture.address import spelling
from digitgan.request.messages import allowed, validated

from ..http.accounting import charge, give_back
from ..http.addresses import origin_of, prefix_of
from ..http.caching import IMMUTABLE, etag_of_file, is_current
from ..http.openapi import binary, headers_of
from ..http.parameters import Texts
from ..http.ranges import MOST_RANGES
from ..http.routing import create_router
from ..http.services import Services

_EXAMPLE = "model-digits,version-1,count-60000,seed-0"
_ALL = (*FILES, *TEXTS)
_RANGED = dict.fromkeys(each.media_type for each in FILES.values() if each.accepts_ranges)
_Spec = Annotated[
    str,
    Path(
        description="the data set: names and values of its items, as in `count-60000`, with commas between them; "
        "`GET /datasets` lists the items",
        examples=[_EXAMPLE],
        max_length=4_096,
        json_schema_extra={"pattern": r"^[a-z]+-[A-Za-z0-9._-]+(,[a-z]+-[A-Za-z0-9._-]+)*$"},
    ),
]
_File = Annotated[
    str,
    Path(
        description="the file: one of those that `GET /datasets` lists",
        examples=["images.npy"],
        max_length=64,
        json_schema_extra={"pattern": "^[A-Za-z0-9.-]+$"},
    ),
]
_MOST_INLINE = 10**4  # images; the end of a larger Parquet file takes the event loop too long, up to 50 ms

_RANGE_FIELDS: dict[str, dict[str, Any]] = {
    "Range": {
        "description": f"which bytes, as in `bytes=0-999`, `bytes=-500` or `bytes=0-3,96-`: at most {MOST_RANGES} "
        "ranges that do not overlap; another unit, or a value that is malformed, counts as none",
    },
    "If-Range": {"description": "`ETag` of the file that the client has parts of; if the file is another, all is sent"},
}


class DatasetAddress(Texts, DatasetSpec):
    """A data set as an address has it."""


class DatasetItem(BaseModel):
    """One item of a data set's address."""

    name: str
    description: str
    allowed: str | None = Field(description="which values it may have")
    default: str | None = Field(description="its value if it is left out; null if there is none")


class DatasetFileDescription(BaseModel):
    """One file of every data set."""

    name: str
    media_type: str
    description: str
    accepts_ranges: bool = Field(description="whether parts of it may be asked for by `Range`")


class DatasetGuide(BaseModel):
    """How the addresses of data sets are made."""

    address: str = Field(description="the address of a file, with two gaps")
    items: list[DatasetItem] = Field(description="what a spec may say, in the order of the canonical address")
    files: list[DatasetFileDescription] = Field(description="the files of every data set")
    max_count: int = Field(description="the largest data set, in images")
    examples: list[str] = Field(description="addresses that are ready for use")


def router(services: Services) -> APIRouter:
    """Return the routes of data sets that have addresses."""
    answers, engine, sums = services.answers, services.engine, services.checksums
    routes = create_router(prefix="/datasets", tags=["datasets"])
    aside = asyncio.Lock()  # several threads would keep the interpreter from the event loop for as many turns

    @routes.get("")
    async def list_datasets(request: Request) -> DatasetGuide:
        """Explain the addresses of data sets: what they may say, which files there are, and examples."""
        root = origin_of(request) + prefix_of(request)
        cards = [engine.find(name, None).card for name in engine.models]
        specs = [
            DatasetSpec(count=count, labels=labels).text(card)
            for card in cards
            if card.is_conditional
            for count, labels in (
                (60_000, "mnist" if draws_digits(card) else "balanced"),
                (1_000_000, "balanced"),
            )
        ]
        return DatasetGuide(
            address=f"{root}/datasets/{{spec}}/{{file}}",
            items=[_item(name) for name in DatasetSpec.model_fields],
            files=[_description(each) for each in FILES.values()]
            + [
                DatasetFileDescription(name=name, media_type=kind, description=text, accepts_ranges=False)
                for name, (kind, text) in TEXTS.items()
            ],
            max_count=MAX_DATASET_IMAGES,
            examples=[f"{root}/datasets/{spec}/{file}" for spec in specs for file in (README, "data.parquet")],
        )

    @routes.get(
        "/{spec}/{file}",
        response_class=Response,
        openapi_extra={"parameters": [_header(name, **about) for name, about in _RANGE_FIELDS.items()]},
        responses={
            200: {
                "description": "The file. It is the same each time, and nobody stores it.",
                "content": {kind: binary("the file") for kind in _media_types()},
                "headers": headers_of(
                    {
                        "ETag": "strong; it depends on the address, the model's file and the version of this package",
                        "Cache-Control": "immutable, since the address names model and version",
                        "Accept-Ranges": "`bytes`, or `none` for files in gzip and for texts",
                        "Content-Disposition": "the name of the file",
                        "Repr-Digest": "the sha256 of the file, once somebody has asked for `SHA256SUMS` (RFC 9530)",
                    }
                ),
            },
            206: {
                "description": "The parts that `Range` asks for: one of them alone, several as `multipart/byteranges`. "
                "Only the images that they show are made.",
                "content": {kind: binary("the parts") for kind in (*_RANGED, "multipart/byteranges")},
                "headers": headers_of({"Content-Range": "which bytes these are, of how many"}),
            },
            304: {"description": "`If-None-Match` names this file; nothing was generated."},
            307: {
                "description": "The data set has another, canonical address.",
                "headers": headers_of({"Location": "the canonical address, relative to this one"}),
            },
        },
    )
    async def get_dataset_file(request: Request, spec: _Spec, file: _File) -> Response:
        """Return a file of a data set, whole or in parts.

        Each image has a seed of its own, so any part of a file is made without what precedes it. Readers of IDX, NPY
        and Parquet may fetch only what they read.
        """
        if file not in _ALL:
            raise HTTPException(404, unknown("file", file, _ALL))
        asked = validated(DatasetAddress, items_of(spec), "item")
        card = answers.card_of(asked.model, asked.version)
        canonical = asked.text(card)
        dataset = DatasetSpec(**dict(asked.of(card)))
        dataset.plan(card, MAX_DATASET_IMAGES)
        if canonical != spec:
            location = f"../{quote(canonical, safe=',')}/{file}"
            return Response(status_code=307, headers={"Location": location, "Cache-Control": "no-cache"})
        if found := files_of(card).get(file):
            return await answer_file(request, found, dataset, card)
        if file in FILES:
            able = ", ".join((*files_of(card), *TEXTS))
            detail = (
                f"{file} holds grey images, but model {card.model!r} draws in colour; files of its data sets: {able}"
            )
            raise HTTPException(404, detail)
        if file == SUMS:
            return await answer_sums(request, dataset, card)
        return await answer_text(request, file, dataset, card)

    def head_of(file: str, dataset: DatasetSpec, card: Card, *more: str) -> dict[str, str]:
        # Under another setting of `mark` the same address gives other bytes.
        return {
            "ETag": etag_of_file(card, dataset.text(card), file, engine.marks_all, *more),
            "Cache-Control": "no-cache" if engine.marks_all or more else IMMUTABLE,
            "Content-Disposition": f'inline; filename="{file}"',
        }

    async def make_file(file: DatasetFile, dataset: DatasetSpec, card: Card) -> tuple[Plan, FixedFile | GzipFile]:
        plan = file.part(dataset).plan(card, MAX_DATASET_IMAGES)
        if dataset.count <= _MOST_INLINE:
            return plan, file.make(plan, card, engine.marks_all)
        async with aside:
            return plan, await asyncio.to_thread(file.make, plan, card, engine.marks_all)

    async def answer_file(request: Request, file: DatasetFile, dataset: DatasetSpec, card: Card) -> Response:
        headers = head_of(file.name, dataset, card)
        known = sums.known(head_of(SUMS, dataset, card)["ETag"]).get(file.name)
        if known:
            headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(known)).decode()}:"
        plan, content = await make_file(file, dataset, card)
        return await answers.answer_file(request, content, plan, card, file.media_type, headers)

    async def answer_sums(request: Request, dataset: DatasetSpec, card: Card) -> Response:
        headers = head_of(SUMS, dataset, card)
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        passes = await passes_of(dataset, card)
        n_bytes = text_size([name for each in passes for name in each.files])
        headers |= {"Content-Length": str(n_bytes), "Accept-Ranges": "none"}
        media_type = TEXTS[SUMS][0]
        if request.method == "HEAD":
            return Response(headers=headers, media_type=media_type)
        key = headers["ETag"]
        with charge(request, n_images := sums.n_images_left(key, passes)):
            lines = await sums.begin(key, passes)

        def end() -> None:
            give_back(request, min(n_images, sums.n_images_left(key, passes)))

        return StreamingResponse(_at_once(lines, end), headers=headers, media_type=media_type)

    async def passes_of(dataset: DatasetSpec, card: Card) -> list[Pass]:
        """Return the files in the order of their lines: those without images, those to test with, and the others."""
        passes: dict[tuple[bool, bool], dict[str, FixedFile | GzipFile]] = {}
        plans: dict[tuple[bool, bool], Plan] = {}
        for file in files_of(card).values():
            plan, content = await make_file(file, dataset, card)
            images = content.images(0, content.size)
            key = (bool(images), not file.is_of_test)
            plans[key] = plan.part(images.start, images.stop)
            passes.setdefault(key, {})[file.name] = content
        return [
            Pass(job=job_of_file(engine, card, plans[key]), producer=engine, files=passes[key])
            for key in sorted(passes)
        ]

    async def answer_text(request: Request, file: str, dataset: DatasetSpec, card: Card) -> Response:
        url = f"{origin_of(request)}{prefix_of(request)}/datasets/{dataset.text(card)}"
        headers = head_of(file, dataset, card, url)
        if is_current(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        sizes = {name: (await make_file(each, dataset, card))[1].size for name, each in files_of(card).items()}
        if file == README:
            content = readme(dataset, card, url, sizes).encode()
        else:
            content = orjson.dumps(croissant(dataset, card, url, sizes), option=orjson.OPT_INDENT_2)
        return Response(content, headers=headers | {"Accept-Ranges": "none"}, media_type=TEXTS[file][0])

    return routes


def _header(name: str, **about: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}} | about


def _media_types() -> list[str]:
    kinds = [each.media_type for each in FILES.values()] + [kind for kind, _ in TEXTS.values()]
    return list(dict.fromkeys(kind.partition(";")[0] for kind in kinds))


def _item(name: str) -> DatasetItem:
    field: Any = DatasetSpec.model_fields[name]
    has_default = not field.is_required() and field.default is not None
    return DatasetItem(
        name=name,
        description=field.description or "",
        allowed=allowed(DatasetSpec, (name,)),
        default=spelling(field.default) if has_default else None,
    )


def _description(file: DatasetFile) -> DatasetFileDescription:
    return DatasetFileDescription(
        name=file.name,
        media_type=file.media_type,
        description=file.description,
        accepts_ranges=file.accepts_ranges,
    )


async def _at_once(lines: AsyncIterator[bytes], on_end: Callable[[], object]) -> AsyncIterator[bytes]:
    """Yield lines, and nothing before the first, so that the head of the answer is sent at once.

    Args:
        lines: what is yielded.
        on_end: called after the last line, or when the client leaves.
    """
    try:
        yield b""
        async for line in lines:
            yield line
    finally:
        on_end()
