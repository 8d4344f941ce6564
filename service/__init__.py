"""The online half of digitgan."""

__version__ = "0.1.0"
