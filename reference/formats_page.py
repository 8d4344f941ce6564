"""The generated parts of docs/http.md: which formats each operation offers."""

from digitgan.engine.settings import EngineSettings
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import offered
from reference.tables import cell, table


def images() -> str:
    """Return a table of the formats of `POST /generate` for pictures that do not move."""
    return _table(Use.IMAGES, [*_stills().values()])


def frames() -> str:
    """Return a table of the formats that `POST /interpolate` offers beyond those, or in another way."""
    common = _stills()
    return _table(Use.FRAMES, [each for name, each in offered(Use.FRAMES).items() if each is not common.get(name)])


def datasets() -> str:
    """Return a table of the formats of `POST /dataset`."""
    return _table(Use.DATASET)


def numbers() -> str:
    """Return a table of the formats of `POST /dataset/numbers`."""
    return _table(Use.NUMBERS)


def _stills() -> dict[str, Format]:
    return {name: each for name, each in offered(Use.IMAGES).items() if each.suits(animate=False)}


def _table(use: Use, formats: list[Format] | None = None) -> str:
    default = next(iter(offered(use).values()))
    rows = [
        (f"`{each.media_type}`{' (default)' if each is default else ''}", cell(_description(each)), _most(each))
        for each in formats or offered(use).values()
    ]
    return table(("`Accept`", "answer", "most images"), rows)


def _description(format: Format) -> str:
    needs = f" Needs the service's extra `[{format.extra}]`." if format.extra else ""
    coding = " Compressed by zstd or gzip for clients that accept it." if format.is_compressible else ""
    return format.full_description + needs + coding


def _most(format: Format) -> str:
    settings = EngineSettings()
    return f"{settings.max_stream_images:,}, streamed" if format.is_streamed else f"{settings.max_images:,}"
