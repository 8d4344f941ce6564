"""Knows every form in which generated images can be had: the tables of media types.

Does not know HTTP. A new form is a module beside this one and a line here.
"""

from digitgan.formats import (
    apng_body,
    gif_body,
    idx_tar,
    image_folder,
    json_body,
    multipart_body,
    ndjson_body,
    npy_body,
    parquet_body,
    png_body,
    webp_animation,
    webp_body,
    zip_body,
)
from digitgan.formats.format import Form


def _table(*forms: Form) -> dict[str, Form]:
    return {form.media_type: form for form in forms}


# In the service's order of preference: the first is what a client gets that asks for nothing.
FORMS = _table(
    json_body.FORM,
    png_body.FORM,
    ndjson_body.FORM,
    zip_body.FORM,
    multipart_body.FORM,
    npy_body.FORM,
    webp_body.FORM,
)
# Of a labelled data set.
DATASETS = _table(image_folder.FORM, idx_tar.FORM, parquet_body.FORM)
# Of images that follow each other; as WebP they move, too.
FRAMES = FORMS | _table(apng_body.FORM, gif_body.FORM, webp_animation.FORM)
