"""Knows how to start the command line: ``python -m training``.

Does not know any command.
"""

from training.cli import main

if __name__ == "__main__":
    main()
