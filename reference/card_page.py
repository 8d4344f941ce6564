"""Knows how the model contract and its card read: what a graph must take and give, and every field of the card.

Does not know how either is checked.
"""

from digitgan.contract.card import CARD_FILE, CONTRACT, ENCODER_FILE, MODEL_FILE, SAMPLES_FILE, Card
from reference.tables import Schema, allowed, anchor, cell, table

_HEAD = f"""# The model contract and its card

What training exports and the service serves, whoever made it: a folder `<models>/<model>/<version>/` that holds `{MODEL_FILE}`
and `{CARD_FILE}` ([where it lies](../deploying.md#the-folder-of-models)). This is contract version {CONTRACT}. This page is made by
`make reference` from [the class](../../digitgan/contract/card.py) that both halves read and write cards with.

## The graph

`{MODEL_FILE}` is one ONNX file without external data, in an opset that the oldest supported onnxruntime reads. N is free, and a row
of the output depends on the same row of the inputs alone, so any requests can share a run.

| tensor | type | meaning |
|---|---|---|
| input `latent` | float32 [N, L] | L is `latent_size`. Of a model with classes the last `n_classes` components are class scores, and the greatest one names the class: a latent by itself is a whole picture |
| input `label`, of models with classes | int64 [N] | 0 to `n_classes` - 1 draws that class instead; -1 leaves the latent's own |
| input `truncation` | float32 [N] | scales the first `style_size` components, and nothing else; 1 leaves them |
| output `image` | uint8 [N, `image_height`, `image_width`] | 0 background, 255 ink. The graph itself rounds to grey levels |
| output `class`, of models with classes | int64 [N] | the class that was drawn |

## What is checked

Before a version is served: the card against the tables below (an unknown field is an error), the size and sha256 of the file
against the card, the graph's tensors against the card, that it needs no other file, and one run. Then the golden seeds are drawn
and compared; where a processor gives other pixels than the one that exported, `GET /models/{{model}}` and the metric
`digitgan_model_reproduces_card` say so. A version that fails keeps the service from starting, or is refused at a reload.
"""
_TAIL = f"""
## Files beside it

| file | read by the service | what |
|---|---|---|
| `{ENCODER_FILE}` | verified, where the card has `encoder` | from a picture to its latent |
| `{SAMPLES_FILE}` | no | a contact sheet for people |
"""


def page() -> str:
    """Return the page."""
    schema = Card.model_json_schema()
    parts = schema["$defs"]
    texts = [f"\n## The card\n\n{_fields(schema, parts)}"]
    texts += [f"\n### {name}\n\n{_about(part)}\n\n{_fields(part, {})}" for name, part in parts.items()]
    return _HEAD + "".join(texts) + _TAIL


def _about(schema: Schema) -> str:
    return str(schema["description"]).strip().replace("``", "`")


def _part(field: Schema) -> str:
    """Return the name of the part that a field is; "" for others."""
    options = [field, *field.get("anyOf", ())]
    return next((each["$ref"].rpartition("/")[2] for each in options if "$ref" in each), "")


def _fields(schema: Schema, parts: Schema) -> str:
    required = schema.get("required", ())
    return table(
        ("field", "value", "", "meaning"),
        (
            (
                f"`{name}`",
                allowed(field, lambda part: f"[{part}](#{anchor(part)})"),
                "" if name in required else "optional",
                cell(field.get("description", "") or (_about(parts[_part(field)]) if _part(field) in parts else "")),
            )
            for name, field in schema["properties"].items()
        ),
    )
