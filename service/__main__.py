"""``python -m service``: the commands of `digitgan` that need no PyTorch."""

from digitgan.cli.startup import loading, open_streams

open_streams()
with loading():
    from digitgan.cli import tree

raise SystemExit(tree.main(tree=tree.service()))
