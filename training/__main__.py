"""``python -m training``: the commands of `digitgan` that train, measure and export."""

from digitgan.cli.startup import loading, open_streams


def main() -> int:
    """Execute the command that was typed and return its exit status."""
    open_streams()
    with loading():
        from digitgan.cli import tree
    return tree.main(tree=tree.training())


if __name__ == "__main__":  # processes of data loaders and teams import this module, too
    raise SystemExit(main())
