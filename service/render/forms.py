"""Knows every form in which generated images can be had: the one table of media types.

Does not know HTTP. A new form is a module beside this one and a line here.
"""

from collections.abc import Callable

from service.engine.engine import Generated
from service.render import json_body, png_body
from service.render.picture import Picture

# In the service's order of preference: the first is what a client gets that asks for nothing.
FORMS: dict[str, Callable[[Generated, Picture], bytes]] = {
    "application/json": json_body.render,
    "image/png": png_body.render,
}
