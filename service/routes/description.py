"""``/openapi.json``, the service's own description, which the page reads for its limits, and ``/docs`` to show it."""

from functools import lru_cache
from html import escape

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from ..http.addresses import prefix_of
from ..http.files import CodedFile
from ..http.routing import OPEN, create_router
from ..http.services import Services

STATIC = "static-offline-docs"  # where fastapi_offline mounts the files of Swagger UI
_MOST_PREFIXES = 8  # whose descriptions are kept; a proxy has one

# Addresses are relative to this page, which a proxy may serve under a prefix.
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}} - operations</title>
<link rel="icon" href="{STATIC}/favicon.png">
<link rel="stylesheet" href="{STATIC}/swagger-ui.css">
<style>{{style}}</style>
</head>
<body>
<main id="operations"></main>
<script src="{STATIC}/swagger-ui-bundle.js"></script>
<script>{{script}}</script>
</body>
</html>
"""
# Swagger UI's own colours are too pale to be read (WCAG 2.2, criterion 1.4.3).
_STYLE = """
html:not(.dark-mode) {
  .swagger-ui .info .title small { background: #4b5263 }
  .swagger-ui .info .title small.version-stamp { background: #3f6600 }
  .swagger-ui :is(.info .url, a) { color: #1f5fb0 }
  .swagger-ui .opblock .opblock-summary-method { background: #1f5fb0 }
  .swagger-ui .opblock.opblock-post .opblock-summary-method { background: #17693f }
  .swagger-ui .parameter__in, .swagger-ui .json-schema-2020-12-expand-deep-button { color: #4b4b4b }
  .swagger-ui .btn.cancel { color: #a3261d; border-color: #a3261d }
  .swagger-ui .btn.execute { background: #1f5fb0; border-color: #1f5fb0 }
  .swagger-ui .download-contents { background: #4b5263 }
}
html.dark-mode {
  .swagger-ui .btn.cancel { color: #ff9a94 !important; border-color: #ff9a94 }
  .swagger-ui .header-col { color: #e4e6e6 }
}
"""
# In Swagger UI, buttons contain links, headings skip a level, and fields and tables have no names for screen readers.
_SCRIPT = """
const dark = matchMedia("(prefers-color-scheme: dark)");
const adapt = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", adapt);
adapt();
const plain = {components: {DeepLink: ({text}) => text}};
SwaggerUIBundle({url: "openapi.json", dom_id: "#operations", layout: "BaseLayout", deepLinking: true, plugins: [plain],
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset]});
const operations = document.getElementById("operations");
const all = (selector) => operations.querySelectorAll(selector);
const mend = () => {
  for (const each of all("h3, h4, h5, h6")) each.ariaLevel = Number(each.localName[1]) - 1;
  for (const each of all("table[role=region]")) each.ariaLabel = each.id.replaceAll("_", " ");
  for (const row of all("tr[data-param-name]"))
    for (const each of row.querySelectorAll("select, input, textarea")) each.ariaLabel = row.dataset.paramName;
  for (const each of all("textarea.body-param__text")) each.ariaLabel = "Request body";
  for (const each of all(".copy-to-clipboard button")) each.ariaLabel = "Copy";
  for (const each of all("pre")) each.tabIndex = 0;
};
new MutationObserver(mend).observe(operations, {childList: true, subtree: true});
"""


def router(_: Services) -> APIRouter:
    """Return the routes of the description; they take the place of FastAPI's, which know no prefix of a proxy.

    The description is encoded once for each prefix, and compressed.
    """
    routes = create_router(include_in_schema=False)

    @lru_cache(_MOST_PREFIXES)
    def description(app: FastAPI, prefix: str) -> CodedFile:  # called when all routes are known
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return CodedFile(orjson.dumps(app.openapi() | servers), "application/json")

    @routes.get("/openapi.json", openapi_extra=OPEN)
    async def describe(request: Request) -> Response:
        return await description(request.app, prefix_of(request)).answer(request, "no-cache")

    @routes.get("/docs", openapi_extra=OPEN)
    async def show(request: Request) -> Response:
        return HTMLResponse(_PAGE.format(title=escape(request.app.title), style=_STYLE, script=_SCRIPT))

    return routes
