"""``digitgan``, or ``python -m digitgan``: the command line of the whole package."""

from digitgan.cli.entry import start


def main() -> int:
    """Execute the command that was typed and return its exit status."""
    return start("digitgan")


if __name__ == "__main__":
    raise SystemExit(main())
