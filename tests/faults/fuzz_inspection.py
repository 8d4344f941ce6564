"""Knows how to look for files that break `python -m service inspect`, guided by the code that each one reaches.

Does not know what may become of a file (`png_files`). Ends when one likes, so it is no test, and it needs atheris,
which is no part of the test environment:

    python -m pip install atheris
    python -m tests.faults.fuzz_inspection -max_total_time=600 FOLDER

FOLDER collects what reaches something new, and may be empty at first. What breaks the inspection is written as
`crash-...`, and is to become a case of `test_hostile_pngs`.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["service", "json", "shlex"]):
    from tests.faults.png_files import FIELDS, Chunk, check, chunks, field_of, png, write_ours

LONGEST = 4096  # bytes of a file; ours are shorter


class Search:
    """What is tried with each string of bytes that the search comes up with.

    Args:
        ours: a file of ours, of which one part of the tries has all but what was asked for.
    """

    def __init__(self, ours: bytes) -> None:
        self._head, *self._rest = (chunk for chunk in chunks(ours) if field_of(chunk) not in FIELDS)

    def once(self, content: bytes) -> None:
        """Inspect bytes as a file, as one whose lengths and checksums fit, and as lines of what was asked for."""
        check(content)
        check(png(chunks(content)))
        check(png([self._head, *map(_text, content.split(b"\n")), *self._rest]))


def _text(line: bytes) -> Chunk:
    return b"tEXt", b"digitgan:" + line.replace(b"=", b"\0", 1)


def _line(chunk: Chunk) -> bytes:
    return chunk[1].removeprefix(b"digitgan:").replace(b"\0", b"=", 1)


def main() -> None:
    """Search, from files that the service wrote, what they say was asked for, and the fields that requests have."""
    with TemporaryDirectory() as own:
        seeds, words = Path(own) / "seeds", Path(own) / "words"
        seeds.mkdir()
        digit, *others = write_ours(seeds)
        search = Search(digit.read_bytes())
        for file in (digit, *others):
            asked = [_line(chunk) for chunk in chunks(file.read_bytes()) if field_of(chunk) in FIELDS]
            file.with_suffix(".txt").write_bytes(b"\n".join(asked))
        words.write_text("".join(f'"{field}="\n' for field in sorted(FIELDS)))
        atheris.Setup([*sys.argv, str(seeds), f"-dict={words}", f"-max_len={LONGEST}"], search.once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
