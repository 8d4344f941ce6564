"""Knows every form in which generated images can be had: the one table of media types.

Does not know HTTP. A new form is a module beside this one and a line here.
"""

from service.render import json_body, multipart_body, ndjson_body, npy_body, png_body, webp_body, zip_body
from service.render.form import Form

# In the service's order of preference: the first is what a client gets that asks for nothing.
FORMS: dict[str, Form] = {
    form.media_type: form
    for form in (
        json_body.FORM,
        png_body.FORM,
        ndjson_body.FORM,
        zip_body.FORM,
        multipart_body.FORM,
        npy_body.FORM,
        webp_body.FORM,
    )
}
