"""Knows that ``python -m service`` is the service's command line. Does not know its commands."""

from digitgan.cli.startup import loading

with loading():
    from service.command_line.cli import main

raise SystemExit(main())
