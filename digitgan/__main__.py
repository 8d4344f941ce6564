"""``digitgan``, or ``python -m digitgan``: the command line of the whole package."""

from digitgan.cli.startup import loading, open_streams


def main() -> int:
    """Execute the command that was typed and return its exit status."""
    open_streams()
    with loading():
        from digitgan.cli.tree import main
    return main()


if __name__ == "__main__":
    raise SystemExit(main())
