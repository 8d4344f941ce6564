"""Knows how to start the command line: ``python -m training``; and what to say where PyTorch is not installed.

Does not know any command.
"""

import sys


def main() -> None:
    """Run the command line; end with status 3, as `digitgan` does, where a package that it needs is missing."""
    try:
        from training.cli import main
    except ModuleNotFoundError as error:
        sys.stderr.write(f"error: python -m training needs {error.name}: pip install 'digitgan[training]'\n")
        raise SystemExit(3) from None
    main()


if __name__ == "__main__":
    main()
