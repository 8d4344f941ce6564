"""``python -m service``: the commands of `digitgan` that need no PyTorch."""

from digitgan.cli.entry import start


def main() -> int:
    """Execute the command that was typed and return its exit status."""
    return start("service")


if __name__ == "__main__":
    raise SystemExit(main())
