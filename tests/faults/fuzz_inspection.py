"""Searches for files that break `digitgan inspect`, guided by code coverage.

It runs for as long as you like, so it is not a test, and it needs atheris, which is not in the test environment:

    python -m pip install atheris
    python -m tests.faults.fuzz_inspection -max_total_time=600 FOLDER

FOLDER collects files that reach new code, and may be empty at first. A file that breaks the inspection is written as
`crash-...`; make it a case of `test_hostile_pngs`.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["service", "json", "shlex"]):
    from tests.faults.png_files import FIELDS, Chunk, check, chunks, field_of, png, write_ours

MAX_BYTES = 4096  # of a file; those of the service are shorter


class Search:
    """What to try with each input of the fuzzer.

    Args:
        ours: a file of the service, whose fields are replaced in a part of the tries.
    """

    def __init__(self, ours: bytes) -> None:
        self._head, *self._rest = (chunk for chunk in chunks(ours) if field_of(chunk) not in FIELDS)

    def once(self, content: bytes) -> None:
        """Inspect an input as a file, as a file with right lengths and checksums, and as the fields of a file."""
        check(content)
        check(png(chunks(content)))
        check(png([self._head, *map(_text, content.split(b"\n")), *self._rest]))


def _text(line: bytes) -> Chunk:
    return b"tEXt", b"digitgan:" + line.replace(b"=", b"\0", 1)


def _line(chunk: Chunk) -> bytes:
    return chunk[1].removeprefix(b"digitgan:").replace(b"\0", b"=", 1)


def main() -> None:
    """Search, starting from files that the service wrote, their fields, and the names of all fields."""
    with TemporaryDirectory() as own:
        seeds, dictionary = Path(own) / "seeds", Path(own) / "dictionary"
        seeds.mkdir()
        digit, *others = write_ours(seeds)
        search = Search(digit.read_bytes())
        for file in (digit, *others):
            fields = [_line(chunk) for chunk in chunks(file.read_bytes()) if field_of(chunk) in FIELDS]
            file.with_suffix(".txt").write_bytes(b"\n".join(fields))
        dictionary.write_text("".join(f'"{field}="\n' for field in sorted(FIELDS)))
        atheris.Setup([*sys.argv, str(seeds), f"-dict={dictionary}", f"-max_len={MAX_BYTES}"], search.once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
