"""``digitgan``, or ``python -m digitgan``: the command line of the whole package."""

import gc
import sys

from digitgan.cli.startup import loading, open_streams, prepare_service


def main() -> int:
    """Execute the command that was typed and return its exit status."""
    open_streams()
    if sys.argv[1:2] == ["serve"]:
        prepare_service()
    with loading():
        from digitgan.cli import tree
    status = tree.main()
    gc.freeze()  # otherwise the interpreter searches all modules for garbage before it ends
    return status


if __name__ == "__main__":  # worker processes import this module, too
    raise SystemExit(main())
