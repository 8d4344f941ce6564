"""Knows that ``python -m digitgan`` is the joint command line. Does not know its commands."""

from digitgan.cli import main

raise SystemExit(main())
