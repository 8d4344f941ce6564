"""Every fixed limit on what a request may ask for.

HTTP bodies, addresses, the command line and the OpenAPI description take their ranges from here; the page takes them
from that description. Limits that an operator can change are settings instead.
"""

MAX_SEED = 2**53 - 1  # the largest integer that JSON parsers in every language represent exactly

NAME_PATTERN = r"^[a-z][a-z0-9-]{0,62}$"  # of a model
VERSION_PATTERN = r"^[1-9][0-9]{0,8}$"

TOKEN_PATTERN = r"^h[A-Za-z0-9_-]+$"  # noqa: S105 - of a hand, not a secret
MAX_TOKEN = 1_024  # characters, for a style of 767 components

MAX_TRUNCATION = 2  # factor on the style part of a latent
MAX_DIGITS = 64  # and signs, in one number
MAX_PATTERN = 256  # characters of the pattern of numbers
SIGNS = ".,-/:+%() "  # that may stand between, before and after the digits of a number
SIGNS_IN_WORDS = f"{' '.join(SIGNS.strip())} and space"

MIN_IMAGE_SIDE, MAX_IMAGE_SIDE = 8, 256  # pixels of images that are learned, or drawn in colour
MAX_SCALE = 32  # side of the square that each pixel becomes
MIN_HEIGHT, MAX_HEIGHT = 28, 1_024  # pixels of the height of a digit's square in ink
MAX_COLUMNS = 1024  # images in a row of a contact sheet
MAX_PADDING = 64  # pixels around the images of a contact sheet, before scaling
MAX_GAP = 28  # pixels between the digits of a number, before scaling

MAX_KEYS = 256  # key images of one interpolation
MAX_STEPS = 240  # frames from one key image to the next
MIN_FRAME_MS, MAX_FRAME_MS = 20, 10_000
FRAME_MS_STEP = 10  # GIF counts in hundredths of a second

MAX_DATASET_IMAGES = 10**9  # of a data set that has an address
MAX_CANDIDATES = 16  # of an image that is chosen by a judge

MAX_PICTURES = 16  # read in one request

MAX_PIXELS = 2**24  # in memory at a time: 16 MiB, so that a small request cannot ask for gigabytes
MAX_STREAMED_PIXELS = 2**31  # in one streamed answer; keeps every offset in a zip file below 4 GiB

MAX_PICTURE_PIXELS = 2**22  # of a PNG or WebP that someone sends; decoding takes up to 26 bytes each
MAX_PHOTO_PIXELS = 25_000_000  # of a JPEG, which is decoded at a reduced size: telephones take 12 or 24 megapixels
MAX_PICTURE_SIDE = 8_192  # pixels
MAX_PICTURE_BYTES = 32 * 2**20  # of a file that a command or a program reads; the service has a setting
