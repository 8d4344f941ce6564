"""Every fixed limit on what a request may ask for.

HTTP bodies, addresses, the command line and the OpenAPI description take their ranges from here; the page takes them
from that description. Limits that an operator can change are settings instead.
"""

MAX_SEED = 2**53 - 1  # the largest integer that JSON parsers in every language represent exactly

NAME_PATTERN = r"^[a-z][a-z0-9-]{0,62}$"  # of a model
VERSION_PATTERN = r"^[1-9][0-9]{0,8}$"

MAX_TRUNCATION = 2  # factor on the style part of a latent
MAX_DIGITS = 64  # in one number

MAX_SCALE = 32  # side of the square that each pixel becomes
MAX_COLUMNS = 1024  # images in a row of a contact sheet
MAX_PADDING = 64  # pixels around the images of a contact sheet, before scaling
MAX_GAP = 28  # pixels between the digits of a number, before scaling

MAX_KEYS = 256  # key images of one interpolation
MAX_STEPS = 240  # frames from one key image to the next
MIN_FRAME_MS, MAX_FRAME_MS = 20, 10_000
FRAME_MS_STEP = 10  # GIF counts in hundredths of a second

MAX_PIXELS = 2**24  # in memory at a time: 16 MiB, so that a small request cannot ask for gigabytes
MAX_STREAMED_PIXELS = 2**31  # in one streamed answer; keeps every offset in a zip file below 4 GiB
