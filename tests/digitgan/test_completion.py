"""Knows what a shell completes, asked of bash itself. Does not know shtab's scripts."""

import subprocess
from pathlib import Path

import pytest

from digitgan.joint import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "digitgan.bash"
    with path.open("w") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", file)
        assert main(["completion", "bash"]) == 0
    return path


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("digitgan wr", {"write"}),
        ("digitgan write --se", {"--seed"}),
        ("digitgan dataset --format ", {"idx", "folders", "parquet"}),
        ("digitgan serve --keys", {"--keys-file"}),
        ("digitgan train --tea", {"--teacher"}),
        ("digitgan train ml", {"mlp", "mlp-torch"}),
        ("digitgan train mlp --resume ", {"auto", "never"}),
        ("digitgan train mlp --no-watch --resume ", {"auto", "never"}),
        ("digitgan export expo", {"exported"}),
    ],
)
def test_bash_completes_words_flags_and_values(script: Path, typed: str, expected: set[str]) -> None:
    words = typed.split(" ")
    ask = (
        f"source {script}; COMP_WORDS=({' '.join(words[:-1])} '{words[-1]}'); COMP_CWORD={len(words) - 1}; "
        "$(complete -p digitgan | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    answered = subprocess.run(["bash", "-c", ask], cwd=ROOT, capture_output=True, text=True, timeout=280, check=True)
    assert set(answered.stdout.split()) == expected
