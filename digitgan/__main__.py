"""Knows that ``python -m digitgan``, or ``digitgan`` alone, is the joint command line. Does not know its commands."""

from digitgan.cli.startup import loading


def main() -> int:
    """Run the command line and return its exit status."""
    with loading():
        from digitgan.joint import main
    return main()


if __name__ == "__main__":
    raise SystemExit(main())
