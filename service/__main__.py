"""Knows that ``python -m service`` is the service's command line. Does not know its commands."""

from service.process.startup import loading

with loading():
    from service.command_line.cli import main

raise SystemExit(main())
