"""The page of the Python interface, made from the docstrings and signatures of what `digitgan` offers."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import digitgan
from reference.tables import anchor, cell, table

_HEAD = """# Python reference

Everything that `import digitgan` offers, from its docstrings; made by `make reference`. [From Python](../python.md) is the page to begin
with. The import itself loads nothing: each name is loaded when it is first used. All else in the package may change with any version.

In the types below, `Integers` is an integer, an iterable of integers, or an array of them; `NDArray` and `ArrayLike` are numpy's; and
`ProviderName` is one of "auto", "cpu", "cuda", "tensorrt" and "openvino".

"""
_ORDER = (
    "write",
    "load",
    "Model",
    "Samples",
    "Writing",
    "Digits",
    "DigitStream",
    "stream",
    "RemoteStream",
    "EngineError",
)
_CONSTRUCTED = ("Digits",)  # the classes whose objects users make themselves
_LONGEST_LINE = 100  # characters of a signature in one line
_METHODS = ("__len__", "__getitem__", "__iter__")
_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes):\n((?:    .*\n?|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^([\w, ]+): ((?:.*\n?)(?:    .*\n?)*)", re.MULTILINE)


def page() -> str:
    """Return the page."""
    index = " · ".join(f"[`{name}`](#{anchor(name)})" for name in _ORDER)
    return f"{_HEAD}{index}\n" + "".join(_section(name, getattr(digitgan, name)) for name in _ORDER)


def _section(name: str, offered: Any) -> str:
    if inspect.isfunction(offered):
        return f"\n## {name}\n\n{_function(f'digitgan.{name}', offered)}"
    head = _call(f"digitgan.{name}", offered) if name in _CONSTRUCTED else ""
    members = "".join(_member(offered, *each) for each in _members(offered))
    return f"\n## {name}\n\n{head}{_text(inspect.getdoc(offered) or '')}{_fields(offered)}{members}"


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the public members that a class defines itself, in its order."""
    for name, member in vars(kind).items():
        is_public = not name.startswith("_") or name in _METHODS
        if is_public and (inspect.isfunction(member) or _getter(member)) and inspect.getdoc(member):
            yield name, member


def _getter(member: Any) -> Any:
    return getattr(member, "fget", None) or getattr(member, "func", None)


def _member(kind: type, name: str, member: Any) -> str:
    heading = f"\n### {kind.__name__}.{name}\n\n"
    if getter := _getter(member):
        return f"{heading}`{_returned(getter)}`\n\n{_text(inspect.getdoc(member) or '')}"
    return heading + _function(name, member)


def _fields(kind: type) -> str:
    """Return a table of the fields of a tuple with names, whose meaning is written below each in the source."""
    if not issubclass(kind, tuple):
        return ""
    told = re.findall(r'^    (\w+): (.+)\n    """(.+)"""', inspect.getsource(kind), re.MULTILINE)
    rows = [(f"`{name}`", f"`{annotation}`", cell(text)) for name, annotation, text in told]
    return "\n" + table(("field", "type", "meaning"), rows)


def _function(name: str, function: Any) -> str:
    return _call(name, function) + _text(inspect.getdoc(function) or "")


def _call(name: str, called: Any) -> str:
    """Return a block with the signature as it is written in the source, one parameter a line if it is long."""
    node = _node(called.__init__ if inspect.isclass(called) else called)
    optional = [None] * (len(node.args.args) - len(node.args.defaults)) + node.args.defaults
    parts = [_parameter(*each) for each in zip(node.args.args, optional, strict=True) if each[0].arg != "self"]
    if node.args.kwonlyargs:
        parts += ["*", *map(_parameter, node.args.kwonlyargs, node.args.kw_defaults)]
    returned = "" if inspect.isclass(called) else f" -> {_returned(called)}"
    line = f"{name}({', '.join(parts)}){returned}"
    if len(line) > _LONGEST_LINE:
        line = f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){returned}"
    return f"```text\n{line}\n```\n\n"


def _node(function: Any) -> ast.FunctionDef:
    source = textwrap.dedent(inspect.getsource(function))
    return next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))


def _parameter(parameter: ast.arg, default: ast.expr | None) -> str:
    text = ast.unparse(parameter)
    return text if default is None else f"{text} = {ast.unparse(default)}"


def _returned(function: Any) -> str:
    returns = _node(function).returns
    return "" if returns is None else ast.unparse(returns).strip("'")


def _text(doc: str) -> str:
    """Return a docstring as Markdown: its prose, then a table for each of its sections."""
    prose = _SECTION.sub("", doc).strip()
    text = re.sub(r"`+([^`]+)`+", r"`\1`", prose) + "\n"
    for title, body in _SECTION.findall(doc):
        lines = inspect.cleandoc(body)
        if title == "Returns":
            text += f"\nReturns: {' '.join(lines.split())}\n"
            continue
        head = {"Args": "argument", "Raises": "error", "Attributes": "attribute"}[title]
        rows = [
            (", ".join(f"`{name}`" for name in names.split(", ")), cell(said)) for names, said in _ENTRY.findall(lines)
        ]
        text += "\n" + table((head, "meaning"), rows)
    return text
