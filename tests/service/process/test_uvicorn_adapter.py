"""What the adapter relies on in uvicorn, private parts above all: a new version of uvicorn must keep all of it.

If a test fails after an update, its message names the part that changed and where the adapter uses it. Read that part
of uvicorn's code, mend the adapter, and only then adjust this file and the cap on the version in pyproject.toml.
"""

import ast
import asyncio
import inspect
import logging
import signal
import socket
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from packaging.requirements import Requirement
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from service.process import accept_balancing, connection, server, uvicorn_adapter, uvicorn_servers
from service.process.uvicorn_adapter import Connection
from service.process.uvicorn_servers import EmbeddedServer, Server
from tests.live import live
from tests.processes import PATIENCE_S, ROOT


class Part(NamedTuple):
    """An attribute or a method of uvicorn that the adapter uses.

    Attributes:
        owner: the class it belongs to.
        name: its name.
        used_by: where the adapter uses it.
        signature: of a method, as `inspect.signature` writes it without annotations; None for an attribute.
    """

    owner: type
    name: str
    used_by: str
    signature: str | None = None


PARTS = [
    Part(
        HttpToolsProtocol, "__init__", "Server.make_connection", "(self, config, server_state, app_state, _loop=None)"
    ),
    Part(HttpToolsProtocol, "connection_made", "Connection.connection_made", "(self, transport)"),
    Part(HttpToolsProtocol, "connection_lost", "Connection.connection_lost", "(self, exc)"),
    Part(HttpToolsProtocol, "data_received", "Connection.data_received, which replaces it", "(self, data)"),
    Part(HttpToolsProtocol, "on_message_begin", "Connection.is_reading_head, by its new scope", "(self)"),
    Part(HttpToolsProtocol, "on_header", "Connection.on_header", "(self, name, value)"),
    Part(HttpToolsProtocol, "on_headers_complete", "Connection.on_headers_complete", "(self)"),
    Part(HttpToolsProtocol, "on_body", "Connection.on_body", "(self, body)"),
    Part(HttpToolsProtocol, "on_message_complete", "Connection.on_message_complete", "(self)"),
    Part(HttpToolsProtocol, "on_response_complete", "Connection.on_response_complete", "(self)"),
    Part(HttpToolsProtocol, "_start_asgi_task", "Connection._start_asgi_task", "(self, cycle, app)"),
    Part(HttpToolsProtocol, "_unset_keepalive_if_required", "Connection.data_received", "(self)"),
    Part(HttpToolsProtocol, "pause_writing", "LimitedConnection.pause_writing", "(self)"),
    Part(HttpToolsProtocol, "resume_writing", "LimitedConnection.resume_writing", "(self)"),
    Part(HttpToolsProtocol, "client", "Connection.connection_made"),
    Part(HttpToolsProtocol, "cycle", "Connection.refuse and others"),
    Part(HttpToolsProtocol, "headers", "Connection.on_headers_complete and _ignore_upgrade"),
    Part(HttpToolsProtocol, "logger", "Connection.data_received"),
    Part(HttpToolsProtocol, "loop", "LimitedConnection, for its timers"),
    Part(HttpToolsProtocol, "parser", "Connection.data_received and _ignore_upgrade"),
    Part(HttpToolsProtocol, "pipeline", "Connection.on_headers_complete"),
    Part(HttpToolsProtocol, "scope", "Connection.is_reading_head and refuse"),
    Part(HttpToolsProtocol, "timeout_keep_alive", "Connection.on_response_complete"),
    Part(HttpToolsProtocol, "timeout_keep_alive_task", "Connection.on_response_complete"),
    Part(HttpToolsProtocol, "transport", "Connection.refuse, LimitedConnection"),
    Part(HttpToolsProtocol, "url", "Connection.on_headers_complete and _ignore_upgrade"),
    Part(RequestResponseCycle, "send", "_send_without_chunks", "(self, message)"),
    Part(RequestResponseCycle, "chunked_encoding", "_send_without_chunks"),
    Part(RequestResponseCycle, "disconnected", "Connection.connection_lost"),
    Part(RequestResponseCycle, "expected_content_length", "_send_without_chunks"),
    Part(RequestResponseCycle, "keep_alive", "_send_without_chunks, Connection._ignore_rest"),
    Part(RequestResponseCycle, "message_event", "Connection.connection_lost"),
    Part(RequestResponseCycle, "more_body", "Connection.is_reading_body"),
    Part(RequestResponseCycle, "response_complete", "Connection.data_received, refuse and connection_lost"),
    Part(RequestResponseCycle, "response_started", "Connection.refuse"),
    Part(RequestResponseCycle, "scope", "Connection.refuse"),
    Part(RequestResponseCycle, "transport", "_send_without_chunks"),
    Part(uvicorn.Server, "capture_signals", "EmbeddedServer.capture_signals, which replaces it", "(self)"),
    Part(uvicorn.Server, "handle_exit", "Server.handle_exit and stop", "(self, sig, frame)"),
    Part(uvicorn.Server, "on_tick", "Server.on_tick", "(self, counter)"),
    Part(uvicorn.Server, "run", "Server.run_until_stopped", "(self, sockets=None)"),
    Part(uvicorn.Server, "serve", "EmbeddedServer.begin", "(self, sockets=None)"),
    Part(uvicorn.Server, "shutdown", "Server.shutdown", "(self, sockets=None)"),
    Part(uvicorn.Server, "startup", "Server.startup", "(self, sockets=None)"),
    Part(uvicorn.Server, "config", "Server.drain and make_connection"),
    Part(uvicorn.Server, "server_state", "Server.drain, track_connections and make_connection"),
    Part(uvicorn.Server, "should_exit", "Server.on_tick, EmbeddedServer.stop"),
    Part(uvicorn.Server, "started", "Server.startup and run_until_stopped"),
    Part(ServerState, "connections", "Server.track_connections"),
    Part(ServerState, "default_headers", "Server.drain"),
    Part(uvicorn.Config, "encoded_headers", "Server.drain"),
    Part(uvicorn.Config, "http_protocol_class", "Server.make_connection"),
]
# Set only while a server runs, so `test_server_calls_its_methods_in_order` looks for them.
WHILE_RUNNING = {"lifespan": "Server.make_connection", "servers": "Server.is_listening"}
PUBLIC_SURFACE = {"connection_lost", "connection_made", "loop", "pause_writing", "resume_writing", "transport"}


async def answer(request: Request) -> Response:
    return Response(await request.body())


APP = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])


def loaded_config() -> uvicorn.Config:
    config = uvicorn.Config(APP, log_config=None)
    config.load()
    return config


async def create_instances() -> dict[type, object]:
    """Return an object of each of the classes, as uvicorn makes it; the protocol has begun a request."""
    config = loaded_config()
    protocol = HttpToolsProtocol(config=config, server_state=ServerState(), app_state={})
    protocol.on_message_begin()
    logger = logging.getLogger()
    cycle = RequestResponseCycle(
        scope={},  # type: ignore[typeddict-item]
        transport=asyncio.Transport(),
        flow=FlowControl(asyncio.Transport()),
        logger=logger,
        access_logger=logger,
        access_log=False,
        default_headers=[],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=True,
        on_response=lambda: None,
    )
    return {type(each): each for each in (protocol, cycle, uvicorn.Server(config), ServerState(), config)}


@pytest.fixture(scope="module")
def instances() -> dict[type, object]:
    return asyncio.run(create_instances())


@cache
def as_written(owner: type) -> type:
    """Return a class as its module defines it: sse-starlette, which the MCP SDK loads, replaces a method of uvicorn."""
    spec = spec_from_file_location(owner.__module__, inspect.getfile(owner))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    written: type = getattr(module, owner.__name__)
    return written


def find_breach(part: Part, instance: object) -> str | None:
    """Return what differs from the part; None if it is as the adapter expects it."""
    name = f"uvicorn {version('uvicorn')}: {part.owner.__name__}.{part.name}"
    if not hasattr(instance, part.name):
        return f"{name} no longer exists; it is used by {part.used_by}"
    if part.signature is None:
        return None
    signature = inspect.signature(getattr(part.owner, part.name))
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    found = str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    if found != part.signature:
        return f"{name} now has the signature {found}, not {part.signature}; it is used by {part.used_by}"
    return None


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.owner.__name__}.{part.name}")
def test_uvicorn_still_has_what_the_adapter_uses(part: Part, instances: dict[type, object]) -> None:
    breach = find_breach(part._replace(owner=as_written(part.owner)), instances[part.owner])
    assert breach is None, breach


def test_a_breach_names_what_changed_and_where_it_is_used() -> None:
    class Changed:
        def on_tick(self, count: int, now: float) -> None: ...

    gone = find_breach(Part(Changed, "on_body", "Connection.on_body", "(self, body)"), Changed())
    assert gone is not None
    assert gone.endswith("Changed.on_body no longer exists; it is used by Connection.on_body")
    differs = find_breach(Part(Changed, "on_tick", "Server.on_tick", "(self, counter)"), Changed())
    assert differs is not None
    assert "now has the signature (self, count, now), not (self, counter); it is used by Server.on_tick" in differs


def names_in(module: Any) -> set[str]:
    """Return the attributes that a module reads or sets, and the methods that its classes define."""
    tree = ast.parse(inspect.getsource(module))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    members = [member for node in tree.body if isinstance(node, ast.ClassDef) for member in node.body]
    return used | {node.name for node in members if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def uvicorn_names(instances: dict[type, object]) -> set[str]:
    """Return what the classes of uvicorn define, without what every object or asyncio's own protocol has."""
    defined = {name for each in instances.values() for name in dir(each)} | WHILE_RUNNING.keys()
    return defined - set(dir(object)) - {"eof_received", "app", "signal", "host", "port"}


def test_contract_covers_every_name_that_the_adapter_uses(instances: dict[type, object]) -> None:
    covered = {part.name for part in PARTS} | WHILE_RUNNING.keys()
    missing = (names_in(uvicorn_adapter) | names_in(uvicorn_servers)) & uvicorn_names(instances) - covered
    assert not missing, f"the adapter uses {sorted(missing)} of uvicorn, so PARTS must list them"


@pytest.mark.parametrize("module", [accept_balancing, connection])
def test_other_modules_use_only_the_surface_of_connections(module: Any, instances: dict[type, object]) -> None:
    protocol = {HttpToolsProtocol: instances[HttpToolsProtocol], RequestResponseCycle: instances[RequestResponseCycle]}
    assert names_in(module) & uvicorn_names(protocol) <= PUBLIC_SURFACE


def test_server_module_uses_no_part_of_uvicorn(instances: dict[type, object]) -> None:
    servers: dict[type, object] = {uvicorn.Server: instances[uvicorn.Server], ServerState: ServerState()}
    assert names_in(server) & uvicorn_names(servers) == set()


def test_adapter_hides_nothing_of_uvicorn_by_accident(instances: dict[type, object]) -> None:
    covered = {part.name for part in PARTS}
    for own, base in ((Connection, HttpToolsProtocol), (Server, uvicorn.Server), (EmbeddedServer, uvicorn.Server)):
        hidden = {name for name in vars(own) if not name.startswith("__")} & set(dir(instances[base]))
        assert hidden <= covered, f"{own.__name__} and uvicorn's {base.__name__} use one name for two things"


def recording(base: type, names: list[str], calls: list[str]) -> type:
    """Return a class that records each call of some methods of its base."""

    def record(name: str) -> Callable[..., Any]:
        original = getattr(base, name)

        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            calls.append(name)
            return original(self, *arguments, **options)

        return call

    return type("Recording", (base,), {name: record(name) for name in names})


def test_connection_methods_are_called_in_order() -> None:
    calls: list[str] = []
    names = [part.name for part in PARTS if part.owner is HttpToolsProtocol and part.signature]
    kind = recording(HttpToolsProtocol, [name for name in names if not name.endswith("writing")], calls)
    with live(APP, connection=kind) as client:
        assert client.post("/", content=b"body", headers={"Connection": "close"}).content == b"body"
    order = list(dict.fromkeys(calls))
    assert order == [
        "__init__",
        "connection_made",
        "data_received",
        "_unset_keepalive_if_required",
        "on_message_begin",
        "on_header",
        "on_headers_complete",
        "_start_asgi_task",
        "on_body",
        "on_message_complete",
        "on_response_complete",
        "connection_lost",
    ], f"uvicorn {version('uvicorn')} calls the methods that Connection overrides in another order"


def test_server_calls_its_methods_in_order() -> None:
    calls: list[str] = []
    states: list[bool] = []
    names = ["serve", "capture_signals", "startup", "on_tick", "shutdown"]

    class Observed(recording(uvicorn.Server, names, calls)):  # type: ignore[misc]
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            states.append(self.started)
            await super().startup(sockets)
            states.append(self.started)
            for name, used_by in WHILE_RUNNING.items():
                assert hasattr(self, name), f"Server.{name} no longer exists; it is used by {used_by}"
            assert isinstance(self.lifespan.state, dict)

        async def on_tick(self, counter: int) -> bool:
            self.should_exit = True
            return bool(await super().on_tick(counter))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Observed(uvicorn.Config(APP, log_config=None)).run([listener])
    assert list(dict.fromkeys(calls)) == ["serve", "capture_signals", "startup", "on_tick", "shutdown"]
    assert states == [False, True], "Server.startup sets `started`"


def test_default_headers_come_from_the_config_each_second() -> None:
    config = loaded_config()
    running = uvicorn.Server(config)
    config.encoded_headers.append((b"connection", b"close"))
    asyncio.run(running.on_tick(0))
    assert (b"connection", b"close") in running.server_state.default_headers, "used by Server.drain"


def test_each_request_takes_the_default_headers_of_its_moment() -> None:
    states: list[ServerState] = []

    class Remembering(HttpToolsProtocol):
        def __init__(self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], **_: Any):
            states.append(server_state)
            super().__init__(config, server_state, app_state)

    with live(APP, connection=Remembering) as client:
        assert "x-late" not in client.get("/").headers
        states[0].default_headers = [*states[0].default_headers, (b"x-late", b"1")]
        assert client.get("/").headers["x-late"] == "1", "used by Server.drain"


def test_protocol_registers_in_the_set_that_its_server_has_when_it_is_made() -> None:
    states: list[tuple[set[Any], bool]] = []

    class Registered(HttpToolsProtocol):
        def __init__(self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], **_: Any):
            self.mine: set[Any] = set()
            server_state.connections = self.mine
            super().__init__(config, server_state, app_state)

        def connection_lost(self, exc: Exception | None) -> None:
            was_in = self in self.mine
            super().connection_lost(exc)
            states.append((self.mine, was_in))

    with live(APP, connection=Registered) as client:
        client.get("/", headers={"Connection": "close"})
    assert states == [(set(), True)], "used by Server.track_connections"


def test_signals_ask_a_server_to_exit_and_a_second_interrupt_forces_it() -> None:
    running = uvicorn.Server(loaded_config())
    running.handle_exit(signal.SIGTERM, None)
    assert (running.should_exit, running.force_exit) == (True, False), "used by Server.stop"
    running.handle_exit(signal.SIGINT, None)
    assert running.force_exit, "used by Server.stop"


@pytest.mark.parametrize(("encoding", "has_chunks"), [(None, True), (False, False)])
def test_chunked_encoding_that_is_already_decided_is_kept(encoding: bool | None, has_chunks: bool) -> None:
    class Decided(HttpToolsProtocol):
        def on_headers_complete(self) -> None:
            super().on_headers_complete()
            self.cycle.chunked_encoding = encoding
            self.cycle.keep_alive = False

    async def unsized(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with live(unsized, connection=Decided, has_lifespan=False) as client:
        address = client.base_url.host, client.base_url.port or 80
        with socket.create_connection(address, timeout=PATIENCE_S) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            head = b"".join(iter(lambda: connection.recv(65536), b""))
    assert (b"transfer-encoding: chunked" in head) == has_chunks, "used by _send_without_chunks"


def test_next_untested_minor_version_is_excluded() -> None:
    [required] = [
        Requirement(each)
        for each in tomllib.loads(Path(ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        if Requirement(each).name == "uvicorn"
    ]
    major, minor, *_ = version("uvicorn").split(".")
    assert required.specifier.contains(version("uvicorn"))
    assert not required.specifier.contains(f"{major}.{int(minor) + 1}.0")
