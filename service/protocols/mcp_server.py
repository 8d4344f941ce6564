"""The tools as a server of the Model Context Protocol, by its official SDK, which the extra `[mcp]` installs.

Source: Model Context Protocol, specification 2026-07-28 and those before it, as far as the SDK speaks them.
"""

import inspect
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pybase64
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ListToolsResult,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as Description
from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from digitgan import __version__
from digitgan.contract.errors import CannotServe, EngineError, InvalidPlan
from digitgan.engine.engine import Engine

from ..access.quota import QuotaExceeded
from ..http.problems import CANNOT_SERVE
from ..http.validation import invalid_body
from .mcp_tools import MAX_FILE_BYTES, TOOLS, Tool, ToolResult

MAX_BODY_BYTES = MAX_FILE_BYTES + 64 * 1024  # of a call: a picture, and a few numbers

_LOCAL = ("http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*")

log = logging.getLogger(__name__)
logging.getLogger("mcp").setLevel(logging.WARNING)  # it says more of each request than the service itself

ChargeCaller = Callable[[Request, int], AbstractContextManager[None]]


def create_server(engine: Engine, max_images: int, charge: ChargeCaller | None = None) -> Server[Any]:
    """Return a server of the tools.

    Args:
        engine: makes the images.
        max_images: maximum number of images in one call.
        charge: counts images against the quota of an HTTP request; None if nothing is counted.
    """
    described = [_describe(tool) for tool in TOOLS.values()]
    schemas = {each.name: each.input_schema for each in described}

    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=described)

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        tool = TOOLS.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"no tool {params.name[:100]!r}; available tools: {', '.join(TOOLS)}")

        def charge_caller(n_images: int) -> AbstractContextManager[None]:
            return nullcontext() if charge is None else charge(context.request, n_images)

        try:
            given = tool.model_validate(params.arguments or {})
            return _answer(await given.call(engine, max_images, charge_caller))
        except ValidationError as error:
            return _refusal(str(invalid_body(error, tool)))
        except QuotaExceeded as error:
            return _refusal(f"{error}; try again in {error.retry_after_s} s")
        except InvalidPlan as error:
            return _refusal(f"/{error.field}: {error}")
        except EngineError as error:
            if not isinstance(error, CannotServe):
                return _refusal(str(error))
            log.exception("the tool %s failed", params.name)
            return _refusal(CANNOT_SERVE)
        except Exception:  # the SDK would send its text to the client
            log.exception("the tool %s failed", params.name)
            return _refusal("internal error")

    return Server(
        "digitgan",
        version=__version__,
        title="Handwritten digits",
        instructions="Makes pictures of handwritten digits and numbers, and small labelled data sets of them, also in "
        "the hand of a picture.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=schemas.get,
    )


async def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output until it closes them."""
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())


async def serve_request(
    server: Server[Any], origins: Sequence[str], scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one HTTP request by itself: without a session, and with nothing that outlives it.

    A page of another origin is refused, even if a name that it controls has come to mean this machine (DNS rebinding):
    browsers name its origin in each POST. Programs name none.

    Args:
        server: has the tools.
        origins: origins whose pages may use the tools, beside those of this machine; ``*`` for all.
        scope: the request.
        receive: receives its body.
        send: sends the answer.
    """
    headers = Request(scope).headers
    allowed = [headers.get("origin", "")] if "*" in origins else [*origins, *_LOCAL]
    security = TransportSecuritySettings(allowed_hosts=[headers.get("host", "")], allowed_origins=allowed)
    manager = StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, security_settings=security, max_request_body_size=MAX_BODY_BYTES
    )
    async with manager.run():
        await manager.handle_request(scope, receive, send)


def _describe(tool: type[Tool]) -> Description:
    hints = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False, title=tool.title
    )
    return Description(
        name=tool.name,
        title=tool.title,
        description=inspect.getdoc(tool),
        input_schema=tool.model_json_schema(),
        annotations=hints,
    )


def _answer(result: ToolResult) -> CallToolResult:
    data = pybase64.b64encode_as_string(result.content)
    made: ContentBlock
    if result.media_type.startswith("image/"):
        made = ImageContent(type="image", data=data, mime_type=result.media_type)
    else:
        uri = f"digitgan:///{result.name}"
        made = EmbeddedResource(
            type="resource", resource=BlobResourceContents(uri=uri, mime_type=result.media_type, blob=data)
        )
    text = TextContent(type="text", text=json.dumps(result.about))  # for clients that know no structured content
    return CallToolResult(content=[made, text], structured_content=result.about)


def _refusal(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
