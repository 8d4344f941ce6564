"""The entry of `digitgan`, `python -m service` and `python -m training`."""

import gc
import sys

from digitgan.cli.startup import loading, open_streams, prepare_service


def start(view: str) -> int:
    """Execute the command that was typed and return its exit status.

    Args:
        view: the function of `digitgan.cli.tree` that returns the commands.
    """
    open_streams()
    if sys.argv[1:2] == ["serve"]:
        prepare_service()
    with loading():
        from digitgan.cli import tree
    status = tree.main(tree=getattr(tree, view)())
    gc.freeze()  # otherwise the interpreter searches all modules for garbage before it ends
    return status
