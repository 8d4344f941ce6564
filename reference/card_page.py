"""The page of the model contract: the inputs and outputs of a graph, and every field of its card."""

from digitgan.contract.card import CARD_FILE, CONTRACT, ENCODER_FILE, MODEL_FILE, SAMPLES_FILE, Card
from digitgan.contract.hand_map import MAP_FILE
from reference.tables import Schema, allowed, anchor, cell, table

_HEAD = f"""# The model contract and its card

Training exports a model, and the service serves it, as a folder `<models>/<model>/<version>/` that holds `{MODEL_FILE}` and
`{CARD_FILE}` ([layout](../deploying.md#the-folder-of-models)). Any model that keeps to this contract, version {CONTRACT}, can be
served; `digitgan adopt` [wraps generators](../tutorials/bring-your-own-generator.md) that do not. `make reference` makes this page from [the class](../../digitgan/contract/card.py) that reads and writes cards.

## The graph

`{MODEL_FILE}` is one ONNX file without external data, in an opset that the oldest supported onnxruntime reads. N is any number of
rows. Each row of the output depends only on the same row of the inputs, so requests can share a run.

| tensor | type | meaning |
|---|---|---|
| input `latent` | float32 [N, L] | L is `latent_size`. In a model with classes the last `n_classes` components are class scores, and the greatest one names the class: so a latent alone describes a picture |
| input `label`, of models with classes | int64 [N] | 0 to `n_classes` - 1 draws that class instead; -1 leaves the latent's own |
| input `truncation` | float32 [N] | scales only the first `style_size` components; 1 leaves them unchanged |
| output `image` | uint8 [N, `image_height`, `image_width`] | 0 is background, 255 is ink. The graph itself rounds to grey levels |
| output `class`, of models with classes | int64 [N] | the class that was drawn |

## What is checked

Before a version is served, the service compares the card with the tables below (an unknown field is an error), the size and
sha256 of the file with the card, and the graph's tensors with the card. It checks that the graph needs no other file, and runs it
with one row and with a batch. In company, that row must give the same class and the same pixels, but for rounding: a graph with
batch normalisation in training mode is refused. Then it draws the golden seeds: if a processor gives other pixels than the exporting one did, `GET /models/{{model}}` and the
metric `digitgan_model_reproduces_card` say so. The service does not start with a version that fails a check; a reload refuses it.
"""
_TAIL = f"""
## Other files

| file | read by the service | content |
|---|---|---|
| `{ENCODER_FILE}` | verified, if the card has `encoder` | the graph from a picture to its latent |
| `{MAP_FILE}` | verified, if the card has `map` | seeds on a grid, so that neighbours draw alike |
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
    """Return the name of the schema that a field refers to; "" if it refers to none."""
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
