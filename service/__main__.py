"""Knows that ``python -m service`` is the service's command line. Does not know its commands."""

from service.startup import loading

with loading():
    from service.cli import main

raise SystemExit(main())
