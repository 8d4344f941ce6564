"""The exact limit of a body, and the memory that bodies and answers take; `routes` tests the answers."""

import asyncio
import gzip
import json
import weakref

import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from digitgan.contract.errors import Overloaded
from digitgan.engine.budget import Budget
from service.http.coding import UNPACKERS, Unpacker
from service.middleware.memory_limits import MemoryLimits
from service.middleware.request_coding import RequestCoding


def received(parts: list[bytes], declared: str | None = None, limit: int = 10) -> bytes:
    """Return what an application reads of a body through the middleware."""
    body = b""

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal body
        more = True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]

    async def receive() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    left = list(parts)
    headers = [] if declared is None else [(b"content-length", declared.encode())]
    asyncio.run(
        MemoryLimits(read, lambda _: limit, Budget(2**20), Budget(2**20))(
            {"type": "http", "path": "/", "headers": headers}, receive, send
        )
    )
    return body


@pytest.mark.parametrize("parts", [[b""], [b"0123456789"], [b"01234", b"56789"]])
def test_body_up_to_the_limit_passes_whole(parts: list[bytes]) -> None:
    assert received(parts, declared=str(sum(map(len, parts)))) == b"".join(parts)


@pytest.mark.parametrize("parts", [[b"0123456789x"], [b"0123456789", b"x"], [b"x"] * 11])
def test_body_one_byte_above_the_limit_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(HTTPException, match="413: the body may have at most 10 bytes"):
        received(parts)


def test_body_declared_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(HTTPException, match="413"):
        received([], declared="11")


def test_small_declaration_does_not_hide_a_large_body() -> None:
    with pytest.raises(HTTPException, match="413"):
        received([b"x" * 11], declared="5")


KIB = 1024
LIMIT = 100 * KIB


class Exchange:
    """One request through the middleware, whose body has some parts, and whose answer others."""

    def __init__(
        self, body: list[bytes], answer: list[bytes], *, declared: bool = True, answer_length: int | None = None
    ) -> None:
        self.bodies, self.unsent = Budget(400 * KIB), Budget(8 * 2**20)
        self.sent: list[Message] = []
        self.used: list[tuple[int, int]] = []  # of both budgets: after each part of the body, and in each send
        self._body, self._answer = body, answer
        self._head = [] if answer_length is None else [(b"content-length", str(answer_length).encode())]
        length = str(sum(map(len, body))).encode()
        headers = [(b"content-length", length)] if declared else []
        self._scope: Scope = {
            "type": "http", "method": "POST", "path": "/", "headers": headers, "state": {"request_id": "r"},
            "app": FastAPI(),
        }  # fmt: skip
        self._scope["app"].state.dialects = {}

    def run(self) -> None:
        """Let an application read the body and answer."""
        asyncio.run(
            MemoryLimits(self._application, lambda _: LIMIT, self.bodies, self.unsent)(
                self._scope, self._receive, self._send
            )
        )

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.sent[0]["status"])

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            self._look()
        self._look()
        await send({"type": "http.response.start", "status": 200, "headers": self._head})
        for i, part in enumerate(self._answer, 1):
            await send({"type": "http.response.body", "body": part, "more_body": i < len(self._answer)})

    async def _receive(self) -> Message:
        part = self._body.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self._body)}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        self._look()

    def _look(self) -> None:
        self.used.append((self.bodies.used_bytes, self.unsent.used_bytes))


def test_large_body_takes_memory_until_the_answer_starts() -> None:
    exchange = Exchange([bytes(32 * KIB), bytes(8 * KIB)], [b"answer"])
    exchange.run()
    assert exchange.used == [(0, 0), (3 * 40 * KIB, 0), (0, 0), (0, 0)]


@pytest.mark.parametrize("declared", [True, False])
def test_body_takes_the_memory_of_what_has_come_of_it(declared: bool) -> None:
    exchange = Exchange([bytes(33 * KIB), bytes(7 * KIB), bytes(50 * KIB)], [b"answer"], declared=declared)
    exchange.run()
    assert [used for used, _ in exchange.used[:3]] == [3 * 33 * KIB, 3 * 40 * KIB, 3 * 90 * KIB]
    assert exchange.used[-1] == (0, 0)


def test_body_that_outgrows_the_memory_gives_all_of_it_back() -> None:
    exchange = Exchange([bytes(40 * KIB), bytes(40 * KIB)], [b"answer"], declared=False)
    exchange.bodies.take(200 * KIB)
    with pytest.raises(Overloaded):
        exchange.run()
    assert exchange.used == [(320 * KIB, 0)]
    assert exchange.bodies.used_bytes == 200 * KIB


def test_body_is_refused_if_others_take_the_memory_and_gives_nothing_back() -> None:
    exchange = Exchange([bytes(60 * KIB)], [b"answer"])
    exchange.bodies.take(300 * KIB)
    with pytest.raises(Overloaded, match="other bodies are being read") as refused:
        exchange.run()
    assert refused.value.retry_after_s > 0
    assert (exchange.bodies.used_bytes, exchange.bodies.n_refused) == (300 * KIB, 1)


@pytest.mark.parametrize(("n_parts", "n_left"), [(2, 0), (5, 2)])
def test_refused_body_is_read_to_its_end_or_limit_before_the_answer(n_parts: int, n_left: int) -> None:
    left = [bytes(40 * KIB)] * n_parts
    n_left_at_answer = []

    async def receive() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        n_left_at_answer.append(len(left))

    bodies = Budget(LIMIT)
    assert bodies.take(LIMIT)
    app = MemoryLimits(refused, lambda _: LIMIT, bodies, Budget(2**20))
    asyncio.run(app({"type": "http", "path": "/", "headers": []}, receive, send))
    assert n_left_at_answer == [n_left, n_left]


async def refused(scope: Scope, receive: Receive, send: Send) -> None:
    """Read a body for which there is no memory, and answer."""
    with pytest.raises(Overloaded):
        while (await receive())["more_body"]:
            pass
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"no room", "more_body": False})


def test_refused_body_keeps_no_decoder_while_the_client_sends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    decoders: list[weakref.ref[Unpacker]] = []  # each holds as much as it has unpacked, outside of every budget
    alive = []

    def begin() -> Unpacker:
        unpacker = UNPACKERS["gzip"]()
        decoders.append(weakref.ref(unpacker))
        return unpacker

    packed = gzip.compress(bytes(90 * KIB))
    left = [packed[:-9], packed[-9:-1], b"x"]

    async def receive() -> Message:
        alive.append([decoder() is not None for decoder in decoders])
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        assert left == []

    monkeypatch.setattr("service.middleware.request_coding.UNPACKERS", {"gzip": begin})
    bodies = Budget(4 * LIMIT)
    assert bodies.take(2 * LIMIT)
    app = RequestCoding(MemoryLimits(refused, lambda _: LIMIT, bodies, Budget(2**20)), lambda _: LIMIT)

    async def ask() -> None:
        await app({"type": "http", "path": "/", "headers": [(b"content-encoding", b"gzip")]}, receive, send)

    asyncio.run(ask())
    assert alive == [[True], [False], [False]]
    assert left == []


def test_large_answer_takes_twice_its_size_until_it_is_sent() -> None:
    body = bytes(65 * KIB)
    exchange = Exchange([b""], [body])
    exchange.run()
    assert exchange.used[1:] == [(0, 130 * KIB)] * 3
    assert exchange.unsent.used_bytes == 0
    assert [message.get("more_body") for message in exchange.sent] == [None, True, False]
    assert b"".join(message.get("body", b"") for message in exchange.sent) == body


def test_small_answer_takes_nothing_and_is_sent_as_it_is() -> None:
    exchange = Exchange([b""], [bytes(64 * KIB)])
    exchange.run()
    assert exchange.used == [(0, 0)] * 3
    assert len(exchange.sent) == 2


def test_streamed_answer_takes_the_same_memory_however_long_it_is() -> None:
    exchange = Exchange([b""], [bytes(KIB)] * 20)
    exchange.run()
    assert {used for _, used in exchange.used[1:]} == {4 * 2**20}
    assert b"".join(message.get("body", b"") for message in exchange.sent) == bytes(20 * KIB)
    assert exchange.sent[-1].get("more_body") is False
    assert exchange.unsent.used_bytes == 0


@pytest.mark.parametrize(
    ("length", "taken"), [(KIB, 0), (64 * KIB, 0), (100 * KIB, 200 * KIB), (3 * 2**20, 4 * 2**20), (10**12, 4 * 2**20)]
)
def test_streamed_answer_of_known_length_takes_no_more_than_it_is(length: int, taken: int) -> None:
    exchange = Exchange([b""], [bytes(KIB)] * 2, answer_length=length)
    exchange.run()
    assert {used for _, used in exchange.used[1:]} == {taken}
    assert b"".join(message.get("body", b"") for message in exchange.sent) == bytes(2 * KIB)
    assert exchange.unsent.used_bytes == 0


def test_answer_is_replaced_by_a_problem_if_others_take_the_memory() -> None:
    exchange = Exchange([b""], [bytes(KIB)] * 2)
    exchange.unsent.take(5 * 2**20)
    exchange.run()
    assert exchange.status == 503
    assert (b"retry-after", b"5") in exchange.sent[0]["headers"]
    assert json.loads(exchange.sent[1]["body"])["type"] == "/problems/overloaded"
    assert (exchange.unsent.used_bytes, exchange.unsent.n_refused) == (5 * 2**20, 1)
