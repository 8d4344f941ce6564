"""Knows with which status a process of the service ends. Does not know when; 0 stands for done."""

FAILED = 1
USAGE = 2
COULD_NOT_START = 3
INTERRUPTED = 130  # 128 and SIGINT's number, as shells have it
