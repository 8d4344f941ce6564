"""The table of attacks: what is sent, how many at once, and what is wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.hostile.clients import Reading, Request

BODY_BYTES = 4 * 1024 * 1024  # the largest body that the service takes by default
HEADER_BYTES = 60_000
SERVED = frozenset({200, 503})
REFUSED = frozenset({400, 413, 422})
GENERATE, INTERPOLATE, DATASET, LATENTS = "/generate", "/interpolate", "/dataset", "/latents"
INFER, OPENAI = "/v2/models/digits/infer", "/v1/images/generations"
JSON, PNG, WEBP, GIF, APNG = "application/json", "image/png", "image/webp", "image/gif", "image/apng"
NPY, ZIP, NDJSON, MULTIPART = "application/x-npy", "application/zip", "application/x-ndjson", "multipart/mixed"
TAR, PARQUET = "application/x-tar", "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class Attack:
    """Requests that must not hurt a replica.

    Attributes:
        row: the number of the kind that it belongs to.
        name: what is sent, in a few words.
        request: what each connection sends.
        at_once: how many connections send it at the same time.
        statuses: the statuses that its answers may have.
        above_mib: the most memory that all of it together may take, besides the limit of the replica.
        stall_ms: the most that a concurrent `/health/live` may be delayed.
        cpu_ms: the most processor time of one request, in milliseconds; None if that is not limited.
        beside: an ordinary request that must be answered while the attack lasts.
        beside_s: the seconds within which it must be.
    """

    row: int
    name: str
    request: Request
    at_once: int = 1
    statuses: frozenset[int] = SERVED
    above_mib: float = 350
    stall_ms: float = 50
    cpu_ms: float | None = None
    beside: Request | None = None
    beside_s: float = 2.0

    @property
    def title(self) -> str:
        """The row and the name."""
        return f"{self.row}: {self.name}"


def filled(beginning: str, item: str, end: str, n: int | None = None) -> Callable[[], str]:
    """Return what makes a body that repeats an item n times, or as often as the largest body allows."""

    def make() -> str:
        fits = (BODY_BYTES - len(beginning) - len(end)) // (len(item) + 1)
        return beginning + ",".join([item] * min(n or fits, fits)) + end

    return make


def lists(field: str, n: int, item: str, before: str = "", after: str = "") -> Callable[[], str]:
    """Return what makes a body whose field has n lists that repeat an item and together fill the largest body."""

    def make() -> str:
        room = BODY_BYTES - len(before) - len(after) - 100
        each = "[" + ",".join([item] * (room // n // (len(item) + 1) - 3)) + "]"
        return f'{{{before}"{field}":[{",".join([each] * n)}]{after}}}'

    return make


def nested(beginning: str, depth: int, end: str) -> Callable[[], str]:
    """Return what makes a body full of objects, each nested to a depth."""
    return filled(beginning + "[", '{"a":' * depth + "1" + "}" * depth, "]" + end)


def _post(path: str, body: str | Callable[[], str], accept: str = "", reading: Reading = Reading.ALL) -> Request:
    return Request("POST", path, body, accept, reading=reading)


def _get(path: str, **headers: str) -> Request:
    return Request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


_MOST_IMAGES = "model-digits,version-1,count-1000000000,seed-0"
_LARGE = '{"count":16,"scale":32}'
_LARGE_FRAMES = '{"seeds":[1,2],"steps":15,"scale":32}'
_INPUT = '"inputs":[{"name":"latent","datatype":"FP32","shape":[17,74],'
_PROMPT = '"prompt":"7",'


def _encoding() -> Sequence[Attack]:
    """Rows 1 and 4: pictures of many pixels."""
    large = [(GENERATE, _LARGE, each) for each in (WEBP, PNG, JSON, ZIP, NPY)]
    large += [(INTERPOLATE, _LARGE_FRAMES, each) for each in (WEBP, GIF, APNG, PNG)]
    small = _post(GENERATE, '{"count":40}', JSON)
    return [
        *(
            Attack(1, f"{each} at scale 32 of {path}", _post(path, body, each), 2, SERVED | REFUSED)
            for path, body, each in large
        ),
        Attack(1, "image/webp at scale 32 as QUERY", Request("QUERY", GENERATE, '{"seeds":[1],"scale":32}', WEBP), 4),
        *(
            Attack(4, f"40 x {each} at scale 32 of {path}", _post(path, body, each), 40, SERVED | REFUSED, beside=small)
            for path, body, each in large
            if each in (WEBP, PNG, GIF)
        ),
    ]


def _parsing() -> Sequence[Attack]:
    """Rows 2 and 3: bodies that are expensive to parse or to refuse."""
    empty = ("{}", '""', "[]", "null", "true", '{"a":0}')
    bodies: list[tuple[int, str, str, Callable[[], str]]] = [
        (2, GENERATE, f"17 latents of {each}", lists("latents", 17, each)) for each in empty
    ]
    bodies += [(3, INTERPOLATE, f"256 latents of {each}", lists("latents", 256, each)) for each in empty]
    bodies += [(3, INFER, f"17 lists of {each}", lists("data", 17, each, _INPUT[:-1] + ",", "}]")) for each in empty]
    bodies += [(3, GENERATE, f"{field} of {each}", filled(f'{{"seeds":1,"{field}":[', each, "]}"))
               for field in ("labels", "digits", "unknown") for each in ("{}", '""')]  # fmt: skip
    bodies += [
        (3, GENERATE, "unknown fields", filled('{"seeds":1,', '"a":[]', "}")),
        (3, GENERATE, "lists 100,000 deep", lambda: '{"latents":' + "[" * 100_000 + "]" * 100_000 + "}"),
        (3, GENERATE, "a number of 4 million digits", lambda: '{"seeds":' + "1" * (BODY_BYTES - 100) + "}"),
        (3, GENERATE, "a string of 4 million escapes", lambda: '{"digits":"' + "\\u0031" * 699_000 + '"}'),
        (3, DATASET, "objects 180 deep", nested('{"count":1,"seed":', 180, "}")),
        (3, DATASET, "a list of {} as count", filled('{"count":[', "{}", "]}")),
        (3, LATENTS, "objects 180 deep", nested('{"seeds":', 180, "}")),
        (3, LATENTS, "seeds of {}", filled('{"seeds":[', "{}", "]}")),
        (3, LATENTS, 'seeds of ""', filled('{"seeds":[', '""', "]}")),
        (3, OPENAI, "a list of {} as prompt", filled('{"prompt":[', "{}", "]}")),
        (3, INFER, "unknown parameters", nested('{"parameters":{"a":', 40, "}," + _INPUT + '"data":[]}]}')),
        (3, INFER, "inputs of {}", filled('{"inputs":[', "{}", "]}")),
    ]
    refused = [
        Attack(row, f"{path}, {name}", _post(path, body), statuses=REFUSED, above_mib=100, stall_ms=25)
        for row, path, name, body in bodies
    ]
    ignored = [
        Attack(
            3,
            f"{OPENAI}, objects 40 deep in {field}",
            _post(OPENAI, nested(f'{{{_PROMPT}"{field}":', 40, "}")),
            statuses=frozenset({200, *REFUSED}),
            above_mib=100,
            stall_ms=25,
        )
        for field in ("quality", "user", "output_compression")
    ]
    return [*refused, *ignored]


def _unread() -> Sequence[Attack]:
    """Row 5: answers that nobody reads."""
    answers = [(GENERATE, '{"count":2600,"scale":8}', each) for each in (NPY, ZIP, NDJSON, MULTIPART)]
    answers += [
        (GENERATE, '{"count":1024,"scale":4}', JSON),
        (INTERPOLATE, '{"seeds":[1,2],"steps":240,"scale":8}', NPY),
    ]
    answers += [(DATASET, '{"count":100000}', each) for each in (ZIP, TAR, PARQUET)]
    unread = [
        Attack(5, f"100 unread answers, {each} of {path}", _post(path, body, each, Reading.NEVER), 100)
        for path, body, each in answers
    ]
    slow = _post(GENERATE, '{"count":2600,"scale":8}', NPY, Reading.SLOWLY)
    files = Request("GET", "/models/digits/1/model.onnx", reading=Reading.NEVER)
    return [*unread, Attack(5, "100 readers of 300 bytes/s", slow, 100), Attack(5, "100 unread models", files, 100)]


def _unsent() -> Sequence[Attack]:
    """Row 6: bodies whose end does not come."""
    return [
        Attack(6, f"100 bodies of 4 MB without their end, {path}", _post(path, body, reading=Reading.UNSENT), 100)
        for path, body in {
            GENERATE: filled('{"seeds":[', "1", "]}"),
            INTERPOLATE: filled('{"seeds":[', "1", "]}"),
            DATASET: filled('{"count":[', "1", "]}"),
            LATENTS: filled('{"seeds":[', "1", "]}"),
            INFER: filled('{"inputs":[', "1", "]}"),
            OPENAI: filled('{"prompt":[', "1", "]}"),
        }.items()
    ]


def _formats() -> Sequence[Attack]:
    """Row 8: pictures that a format cannot hold."""
    wide = f'{{"seeds":1,"digits":"{"7" * 64}","scale":10}}'
    bodies = [(GENERATE, '{"count":600,"columns":1}', WEBP, frozenset({422})), (GENERATE, wide, WEBP, frozenset({422}))]
    bodies += [(GENERATE, '{"count":1024,"columns":1024}', WEBP, frozenset({422}))]
    bodies += [(GENERATE, body, PNG, SERVED) for body in ('{"count":1024,"columns":1}', wide)]
    bodies += [(INTERPOLATE, '{"seeds":[1,2],"steps":240,"columns":1,"scale":8}', PNG, SERVED | REFUSED)]
    bodies += [
        (INTERPOLATE, '{"seeds":[1,2],"steps":240,"frame_ms":10000}', each, SERVED) for each in (WEBP, GIF, APNG)
    ]
    return [
        Attack(8, f"{each}, {body[:48]}", _post(path, body, each), statuses=wanted)
        for path, body, each, wanted in bodies
    ]


def _addresses() -> Sequence[Attack]:
    """Rows 9, 13, 14 and 23: addresses and fields in unusual spellings."""
    control: tuple[str, ...] = (
        "/metrics%0a",
        "/metrics%00",
        "/digits/7/1.png%0A",
        "/images/1.png%0d",
        "/models/digits%0a",
        "/problems/%01",
    )
    control += ("/numbers/42/1.png%0A", "/v2/models/digits%0A", "/health/live%7f", "/%0d%0aX:%20y")
    spellings: tuple[str, ...] = (
        "/digits/7/1_0.png",
        "/digits/+7/1.png",
        "/digits/7.0/1.png",
        "/digits/%207/1.png",
        "/digits/07/1.png",
    )
    spellings += (
        "/digits/7/+1.png",
        "/digits/7/1.0.png",
        "/digits/7/01.png",
        "/digits/7/1%20.png",
        "/digits/%EF%BC%97/1.png",
    )
    spellings += ("/images/1_0.png", "/images/+1.png", "/images/01.png", "/numbers/42/1_0.png", "/numbers/42/+1.png")
    spellings += tuple(
        f"/digits/7/1.png?{query}"
        for query in ("truncation=1_0e-1", "truncation=%201", "truncation=+1", "truncation=nan", "truncation=1e999",
                      "scale=+1", "scale=1_0", "scale=1.0", "scale=%EF%BC%97", "version=01", "invert=yes",
                      "invert=TRUE", "scale=1&scale=2", "unknown=1")
    )  # fmt: skip
    absolute = ("http://host", "http://host?x", "http://host/", "HTTP://host")
    return [
        *(Attack(9, each, _get(each), statuses=frozenset({400})) for each in control),
        *(Attack(13, each, _get(each), statuses=frozenset({404, 422})) for each in spellings),
        *(
            Attack(
                14, f"X-Request-Timeout: {each!r}", _get("/models", X_Request_Timeout=each), statuses=frozenset({200})
            )
            for each in ("5 ", " 5", "\t5\t", "5  \t")
        ),
        *(Attack(23, each, _get(each), statuses=frozenset({200})) for each in absolute),
        Attack(23, "OPTIONS *", Request("OPTIONS", "*"), statuses=frozenset({200, 204, 400, 404, 405})),
    ]


def _headers() -> Sequence[Attack]:
    """Row 12: long lists in header fields."""
    names: tuple[str, ...] = (
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "If-None-Match",
        "If-Match",
        "Range",
        "Traceparent",
    )
    names += (
        "Tracestate",
        "X-Forwarded-For",
        "Forwarded",
        "Cookie",
        "Authorization",
        "X-Api-Key",
        "X-Request-Id",
        "Prefer",
    )
    names += (
        "Access-Control-Request-Headers",
        "Cache-Control",
        "If-Modified-Since",
        "X-Request-Timeout",
        "TE",
        "Expect",
    )
    items = {"commas": ",", "items": "a,", "weights": "a;q=0.5,", "quotes": '"",', "semicolons": ";", "blanks": " ,"}
    wanted = frozenset({200, 304, 400, 401, 406, 412, 417, 431})
    eight = '{"seeds":[1,2,3,4,5,6,7,8]}'  # enough to be compressed
    found = []
    for name in names:
        for kind, item in items.items():
            if kind == "commas" or name in ("Accept", "Accept-Encoding", "If-None-Match", "Forwarded", "Authorization"):
                value = item * (HEADER_BYTES // len(item))
                request = Request(
                    "QUERY", GENERATE, eight if "Encoding" in name else '{"seeds":1}', headers={name: value}
                )
                found.append(Attack(12, f"60 KB of {kind} in {name}", request, 10, wanted, stall_ms=25, cpu_ms=6))
    query = _get("/digits/7/1.png?" + "a=1&" * (HEADER_BYTES // 4))
    return [
        *found,
        Attack(12, "60 KB of query", query, 10, wanted | {404, 414, 422}, stall_ms=25, cpu_ms=6),
        Attack(12, "60 KB of path", _get("/" + "a/" * 30_000), 10, frozenset({404, 414}), stall_ms=25, cpu_ms=6),
    ]


def _logged() -> Sequence[Attack]:
    """Row 21: requests that are worth a line of the log."""
    requests = {
        "a wrong field": _post(GENERATE, '{"a":1}'),
        "not JSON": _post(GENERATE, "{"),
        "a wrong tensor": _post(INFER, '{"inputs":[]}'),
        "a wrong prompt": _post(OPENAI, '{"prompt":""}'),
        "a wrong address": _get("/digits/x/y.png"),
        "a wrong Accept": _get("/models", Accept="image/x"),
        "a wrong timeout": _get("/models", X_Request_Timeout="x"),
        "not HTTP": Request("\x01\x02", "/"),
        "no such method": Request("BREW", "/generate"),
    }
    wanted = frozenset({200, 400, 404, 405, 406, 422, 501})
    return [Attack(21, f"200 x {name}", each, 200, wanted, stall_ms=100) for name, each in requests.items()]


def _ranges() -> Sequence[Attack]:
    """Row 24: data sets at addresses, of which a short request can ask for any part, and of numbers."""

    def file(name: str, ranges: str = "", spec: str = _MOST_IMAGES, reading: Reading = Reading.ALL) -> Request:
        headers = {"Range": f"bytes={ranges}"} if ranges else {}
        return Request("GET", f"/datasets/{spec}/{name}", headers=headers, reading=reading)

    def spaced(n_bytes: int) -> str:
        return ",".join(f"{i * 10**10}-{i * 10**10 + n_bytes - 1}" for i in range(1, 17))

    parts, refused = frozenset({206, 503}), frozenset({416})
    many = [file("data.parquet", spec=f"model-digits,version-1,count-1000000000,seed-{seed}") for seed in range(10)]
    return [
        Attack(24, "16 images far apart", file("images.npy", spaced(1)), 50, parts),
        Attack(24, "16 ranges of 500 images", file("images.npy", spaced(392_000)), 4, parts),
        Attack(
            24,
            "100 x 16 unread ranges of 6,000 images",
            file("images.npy", spaced(4_704_000), reading=Reading.NEVER),
            100,
        ),
        Attack(24, "60 KB of ranges", file("images.npy", ",".join(["1-1"] * 15_000)), 10, refused, cpu_ms=10),
        Attack(24, "60 KB of digits in a range", file("images.npy", "9" * HEADER_BYTES + "-"), 10, refused, cpu_ms=10),
        *(
            Attack(24, f"100 unread {name} of 10^9 images", file(name, reading=Reading.NEVER), 100)
            for name in ("images.npy", "labels.npy", "data.parquet", "train-images-idx3-ubyte.gz", "SHA256SUMS")
        ),
        *(Attack(24, f"a Parquet file from seed {i}", Request("HEAD", each.path), 1) for i, each in enumerate(many)),
        Attack(
            24,
            "40 unread Parquet files of numbers with masks",
            _post(
                "/dataset/numbers",
                '{"pattern":"#{8}","count":60,"height":448,"masks":true}',
                "application/vnd.apache.parquet",
                Reading.NEVER,
            ),
            40,
        ),
        Attack(24, "60 KB of a spec", _get(f"/datasets/{'count-1,' * 7_000}/images.npy"), 10, frozenset({414, 422})),
    ]


ATTACKS = (
    *_encoding(), *_parsing(), *_unread(), *_unsent(), *_formats(), *_addresses(), *_headers(), *_logged(),
    *_ranges(),
)  # fmt: skip
