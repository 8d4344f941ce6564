"""Find the examples of the documentation, and run them as a reader would."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
RUNNABLE = ("sh", "python", "js")
TRANSLATED = "docs/zh/"
READABLE = ("json", "yaml", "text")  # shown, not run
_PROGRAMS = {
    "digitgan": 'exec "{python}" -m digitgan "$@"',
    "python": 'exec "{python}" "$@"',
    # A refused request fails its example, unless the example prints the status itself.
    "curl": 'case "$*" in *http_code*) exec {curl} "$@" ;; *) exec {curl} --fail "$@" ;; esac',
}


@dataclass(frozen=True, slots=True)
class Example:
    """A code block of a page.

    Attributes:
        page: the page's path in the repository.
        line: the line number of the fence, from 1.
        language: the language of the fence; "" if the block is only indented.
        title: the file to save the block to; "" if it has no title.
        text: the contents.
    """

    page: str
    line: int
    language: str
    title: str
    text: str

    @property
    def place(self) -> str:
        """Return the page and line, for messages."""
        return f"{self.page}:{self.line}"

    @property
    def first_line(self) -> str:
        """Return the first line, which identifies the example in a list."""
        return self.text.partition("\n")[0]


def examples(pages: Iterable[str] = PAGES) -> Iterator[Example]:
    """Yield the code blocks of the pages, in order."""
    for page in pages:
        for token in MarkdownIt("commonmark").parse((ROOT / page).read_text(encoding="utf-8")):
            if token.type in ("fence", "code_block") and token.map:
                language, _, rest = token.info.partition(" ")
                title = re.search(r'title="([^"]+)"', rest)
                yield Example(page, token.map[0] + 1, language, title[1] if title else "", token.content)


def furnish(folder: Path) -> Mapping[str, str]:
    """Make a folder look like a checkout after `make serve`, and return the environment for its examples.

    The models folder holds links, so that examples can add models. HOME is the folder itself, so that examples install
    nothing into the user's home.
    """
    for model in (ROOT / "exported").iterdir():
        link = folder / "exported" / model.name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(model)
    (folder / "deploy").symlink_to(ROOT / "deploy")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    curl = shutil.which("curl")
    for name, line in _PROGRAMS.items():
        program = programs / name
        program.write_text(f"#!/bin/sh\n{line.format(python=sys.executable, curl=curl)}\n")
        program.chmod(0o755)
    return {
        **os.environ,
        "HOME": str(folder),
        "OMP_NUM_THREADS": "1",  # other tests run at the same time
        "PATH": f"{programs}:{os.environ['PATH']}:/usr/sbin",
        "PYTHONPATH": str(ROOT),
        "no_proxy": "*",
    }


def outputs(pages: Iterable[str] = PAGES) -> Iterator[tuple[Example, Example]]:
    """Yield each example that is followed by its expected output in the same section, and that output."""
    for page in pages:
        lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
        for example, output in pairwise(examples([page])):
            between = lines[example.line + example.text.count("\n") + 1 : output.line - 1]
            is_same_section = not any(line.startswith("#") for line in between)
            if example.language in RUNNABLE and output.language == "text" and is_same_section:
                yield example, output


def check_outputs(page: str, printed: str, instead: Mapping[str, str]) -> None:
    """Compare what a page's examples printed with the output that the page shows below them.

    An ellipsis stands for any text, because a seed, a time or a path differs.

    Args:
        page: the page.
        printed: what `run` returned.
        instead: the replacements with which the examples were run.

    Raises:
        AssertionError: an example printed something else; the message contains its place and both texts.
    """
    parts = dict(re.findall(r"^--- (\S+:\d+)\n(.*?)(?=^--- \S+:\d+\n|\Z)", printed, re.MULTILINE | re.DOTALL))
    for example, output in outputs([page]):
        if example.place in parts:
            wanted = output.text.rstrip("\n")
            for old, new in instead.items():
                wanted = wanted.replace(old, new)
            pattern = re.escape(wanted).replace("…", ".*")
            found = parts[example.place]
            assert re.search(pattern, found, re.DOTALL), f"{example.place} printed\n{found}\nand not\n{wanted}"


def run(
    blocks: Sequence[Example], folder: Path, instead: Mapping[str, str], environment: Mapping[str, str], limit_s: float
) -> str:
    """Run blocks one after the other in one shell, and return their output.

    Args:
        blocks: the blocks; one with a title is written to that file and not run.
        folder: the working directory.
        instead: replacements of texts, such as an address or a shorter length.
        environment: the shell's environment.
        limit_s: the timeout in seconds.

    Raises:
        AssertionError: a block failed; the message contains its place and the output.
    """
    lines = ["set -e"]
    for block in blocks:
        text = block.text
        for old, new in instead.items():
            text = text.replace(old, new)
        lines.append(f"echo '--- {block.place}'")
        lines.append(text if block.language == "sh" else _as_shell(block, text))
    with (folder / ".printed").open("w+") as printed:
        shell = subprocess.Popen(
            ["bash", "-c", "\n".join(lines)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = shell.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            with suppress(ProcessLookupError):  # stop background processes, if there are any
                os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        printed.seek(0)
        output = printed.read()
    assert status == 0, f"status {status}:\n{output}"
    return output


def spoken(text: str) -> Iterator[list[str]]:
    """Yield this project's commands in shell text as lists of arguments: ["digitgan", "write", "7"]."""
    for line in text.replace("\\\n", " ").splitlines():
        if re.search(r"digitgan|training|service|make", line):
            words: list[str] = []
            for word in (*shlex.split(line, comments=True), ";"):
                if word in (";", "&", "&&", "|", "||"):
                    yield from _ours(words)
                    words = []
                elif words and re.fullmatch(r"\d?[<>]+", words[-1]):
                    words.pop()  # a redirection's file is not an argument
                else:
                    words.append(word)


def _as_shell(block: Example, text: str) -> str:
    name = block.title or f".{block.line}.{'py' if block.language == 'python' else 'mjs'}"
    kept = f"cat > {name} <<'END OF BLOCK'\n{text}END OF BLOCK"
    return kept if block.title else f"{kept}\n{'python' if block.language == 'python' else 'node'} {name}"


def _ours(words: list[str]) -> Iterator[list[str]]:
    if words[:2] == ["uvx", "--from"]:
        words = words[3:]
    for i, word in enumerate(words):
        if words[i : i + 2] in (["-m", "digitgan"], ["--", "digitgan"]):
            yield words[i + 1 :]
            return
        if word in ("digitgan", ".venv/bin/digitgan", "make") and i == 0:
            yield [Path(word).name, *words[1:]]
            return
