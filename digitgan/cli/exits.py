"""The exit statuses of every command; 0 stands for done."""

FAILED = 1
USAGE = 2
COULD_NOT_START = 3
INTERRUPTED = 130  # 128 and SIGINT's number, as shells report it
