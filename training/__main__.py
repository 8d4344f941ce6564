"""``python -m training``: the commands of `digitgan` that train, measure and export."""

from digitgan.cli.entry import start


def main() -> int:
    """Execute the command that was typed and return its exit status."""
    return start("training")


if __name__ == "__main__":  # worker processes import this module, too
    raise SystemExit(main())
