"""Knows the service's command line: its words, and which command they call. Does not do work of its own.

Every flag of `serve` and `check` is made from a field of `service.settings.Settings`, and every flag that asks for
images from a field of a request, so help, environment, HTTP and flags cannot drift apart.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from digitgan import __version__
from digitgan.cli import exits
from digitgan.contract.errors import CannotServe, RunFailed
from service.access.key_file import KeysUnusable
from service.command_line import commands, settings_page
from service.command_line.commands import complain
from service.command_line.flags import add_fields, add_settings, digits, flag
from service.command_line.words import WrongWords, number
from service.requests.dataset import DatasetRequest
from service.requests.fields import MAX_DIGITS
from service.requests.generate import GenerateRequest
from service.settings import PREFIX, refuse_unknown

Subcommands = Any  # argparse's own name for it is private

_EXAMPLES = """examples:
  %(prog)s serve                      answer on http://localhost:8000
  %(prog)s write 2026                 show a number in this terminal
  %(prog)s write 2026 -o year.png     or write it to a file
  %(prog)s COMMAND --help             all flags of a command, and examples
"""
_SERVE_EXAMPLES = """examples:
  %(prog)s
  %(prog)s --port 9000 --models-dir exported
"""
_CHECK_EXAMPLES = """examples:
  %(prog)s
  %(prog)s --provider cuda --json
"""
_WRITE_EXAMPLES = """examples:
  %(prog)s 2026                               in the terminal, in a hand of its own
  %(prog)s 2026 --seed 7 -o year.png          the same picture each time
  %(prog)s 12 34 --scale 8 -o numbers.webp    two numbers, one below the other
  %(prog)s 2026 --seed 7 -o year.gif          a digit at a time
  %(prog)s 2026 --seed 7 -o - | file -
"""
_DATASET_EXAMPLES = """examples:
  %(prog)s --count 60000 -o mnist/                      the files of MNIST's training set
  %(prog)s --count 1000 --format folders -o digits/     a folder a class
  %(prog)s --count 1000 --seed 60000 -o more.parquet
  %(prog)s --count 10000000 --shard-images 10000 -o many/   again, to go on where it was cut off
  %(prog)s --count 10000000 --ray -o many/              on all nodes of a cluster
"""
_KEY_EXAMPLES = """examples:
  %(prog)s add shop --keys-file keys.json
  DIGITGAN_KEYS_FILE=keys.json %(prog)s list
"""
_INSPECT_EXAMPLES = """examples:
  %(prog)s seven.png
  %(prog)s seven.png --json | jq .request
"""
_OF_ENGINE = ("models_dir", "provider", "threads")  # settings that matter without a server
_NUMBERS_OF_WRITE = ("truncation", "scale", "gap")


def main(arguments: Sequence[str] | None = None, words: argparse.ArgumentParser | None = None) -> int:
    """Run the command line and return its exit status.

    It is 0 done, 1 failed, 2 usage, 3 could not start, 130 interrupted.

    Args:
        arguments: what was typed; default: this process's.
        words: what may be typed; default: the service's own words.
    """
    words = words or parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        words.print_help(sys.stderr)
        return exits.USAGE
    given = vars(words.parse_args(arguments))
    run: Callable[..., int] = given.pop("run")
    try:
        refuse_unknown()
        return run(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        for fault in error.errors():
            field = str(fault["loc"][0])
            complain(f"{PREFIX}{field.upper()} / {flag(field)} = {fault['input']!r}: {fault['msg']}")
        return exits.USAGE
    except WrongWords as error:
        for line in error.lines:
            complain(line)
        return exits.USAGE
    except CannotServe as error:
        complain(str(error))
        return exits.COULD_NOT_START
    except BrokenPipeError:  # whoever read has seen enough; Python would say so again when it closes the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    except (KeysUnusable, RunFailed, OSError) as error:
        complain(str(error))
        return exits.FAILED
    except KeyboardInterrupt:
        return exits.INTERRUPTED


def parser(
    program: str = "python -m service", more: Callable[[Subcommands], None] = lambda _: None
) -> argparse.ArgumentParser:
    """Return the words of the command line.

    Args:
        program: what help calls it.
        more: adds commands of others.
    """
    words = argparse.ArgumentParser(
        prog=program,
        description="Hand-drawn digits from a GAN, over HTTP and on the command line.",
        epilog=_EXAMPLES,
        formatter_class=_WideList,
    )
    words.add_argument("--version", action="version", version=f"digitgan {__version__}")
    commands_of = words.add_subparsers(required=True, metavar="command")
    _add_serving(commands_of)
    _add_making(commands_of)
    _add_the_rest(commands_of)
    more(commands_of)
    return words


class _WideList(argparse.RawDescriptionHelpFormatter):
    """Puts every command on a line with what it does, the longest too."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=16)
        self._action_max_length = 14  # argparse does not count the indent of commands


def add(
    commands_of: Subcommands,
    name: str,
    run: Callable[..., int],
    text: str,
    description: str,
    examples: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command and return its words."""
    words: argparse.ArgumentParser = commands_of.add_parser(
        name,
        help=text,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words.set_defaults(run=run)
    return words


def _add_serving(commands_of: Subcommands) -> None:
    serve = add(
        commands_of,
        "serve",
        commands.serve,
        "answer HTTP requests",
        "Load every model, then answer HTTP requests until interrupted.",
        _SERVE_EXAMPLES,
    )
    serve.add_argument("--check", dest="is_check", action="store_true", help="do what the command check does instead")
    check = add(
        commands_of,
        "check",
        commands.check,
        "say what serve would run on",
        "Load every model as serve would, run a batch of each, say on what; status 3: serve cannot start.",
        _CHECK_EXAMPLES,
    )
    check.add_argument("--json", action="store_true", help="for machines")
    for command in (serve, check):
        add_settings(command, [row.name for row in settings_page.rows()])


def _add_making(commands_of: Subcommands) -> None:
    write = add(
        commands_of,
        "write",
        commands.write,
        "write a number, in a file or in this terminal",
        "Write numbers in the hand of one seed, without a server: the bytes that HTTP answers with.",
        _WRITE_EXAMPLES,
    )
    write.add_argument("numbers", nargs="+", type=digits, metavar="NUMBER", help=f"1 to {MAX_DIGITS} digits")
    write.add_argument("--seed", type=number, metavar="N", help="decides the hand (default: a random one, said)")
    add_fields(write, GenerateRequest, ("model", "version", *_NUMBERS_OF_WRITE))
    for name in ("invert", "metadata"):
        text = GenerateRequest.model_fields[name].description
        write.add_argument(f"--{name}", action="store_true", default=None, help=text)
    write.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=".png, .webp, .gif or .apng; - for standard output"
    )
    write.add_argument("--format", choices=["png", "webp", "gif", "apng"], help="of FILE (default: as its name ends)")
    write.add_argument("--json", action="store_true", help="print what was written as one JSON object, for scripts")
    dataset = add(
        commands_of,
        "dataset",
        commands.dataset,
        "write a labelled data set",
        "Write labelled digits, balanced over the classes, without a server: the bytes that HTTP answers with.",
        _DATASET_EXAMPLES,
    )
    dataset.add_argument(
        "-o", "--output", required=True, metavar="PATH", help="a folder, a file, - for standard output"
    )
    dataset.add_argument(
        "--format",
        choices=["idx", "folders", "parquet"],
        help="MNIST's files, a folder a class, or Parquet; a file ends with .tar, .zip or .parquet (default: idx)",
    )
    add_fields(dataset, DatasetRequest, ("count", "seed", "model", "version", "truncation"), required=("count",))
    dataset.add_argument("--json", action="store_true", help="print what was written as one JSON object, for scripts")
    dataset.add_argument(
        "--shard-images",
        type=int,
        metavar="N",
        help="in a folder, Parquet files of N images each, a multiple of the classes; those that are there are kept",
    )
    dataset.add_argument(
        "--ray",
        action="store_true",
        default=None,
        help="make shards (of 10000 images) on the Ray cluster that RAY_ADDRESS names, else on one started here",
    )
    for command in (write, dataset):
        add_settings(command, _OF_ENGINE)


def _add_the_rest(commands_of: Subcommands) -> None:
    keys = add(
        commands_of,
        "keys",
        commands.keys,
        "make, list and remove API keys",
        "Change the file of API keys. A service that runs with it takes the change within a second.",
        _KEY_EXAMPLES,
    )
    keys.add_argument("action", choices=["add", "list", "remove"], help="add prints the new key, this once")
    keys.add_argument("name", nargs="?", help="whose key, for add and remove")
    keys.add_argument("--keys-file", metavar="PATH", help=f"the file (environment: {PREFIX}KEYS_FILE)")
    inspect = add(
        commands_of,
        "inspect",
        commands.inspect,
        "say what a PNG comes from",
        "Print what a PNG that was asked for with metadata says of its origin, and how to get it again.",
        _INSPECT_EXAMPLES,
    )
    inspect.add_argument("file", type=Path, metavar="FILE", help="a PNG file")
    inspect.add_argument(
        "--url", metavar="URL", default="http://localhost:8000", help="service to ask (default: %(default)s)"
    )
    inspect.add_argument("--json", action="store_true", help="print one JSON object instead, for scripts")
    add(commands_of, "settings", commands.settings, "print the page of all settings", "Print docs/configuration.md.")
