"""The exit statuses of the service's processes, besides 0 for success."""

FAILED = 1
USAGE = 2
COULD_NOT_START = 3
INTERRUPTED = 130  # 128 plus SIGINT's number, as shells have it
