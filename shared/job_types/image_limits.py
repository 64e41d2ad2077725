"""Bounds and words of the operations on pictures."""

MAX_SIDE = 16_383  # pixels: what WebP can hold
MAX_PIXELS = 100_000_000  # of all frames together, going in and coming out

FITS = ("inside", "outside", "cover", "contain", "fill")
CROPS = ("attention", "entropy", "centre")
FORMATS = ("jpeg", "png", "webp", "avif", "gif", "tiff")
QUALITY_FORMATS = ("jpeg", "webp", "avif")
LOSSLESS_FORMATS = ("webp", "avif")  # that have both ways
EFFORT_FORMATS = ("png", "webp", "avif", "gif")
ANGLES = ("auto", 90, 180, 270, -90, -180, -270)
POSITIONS = (
    "south-east",
    "south",
    "south-west",
    "east",
    "centre",
    "west",
    "north-east",
    "north",
    "north-west",
)

MIN_BLUR, MAX_BLUR = 0.5, 100  # standard deviation, pixels
MAX_SHARPEN = 10  # likewise
MAX_TEXT = 200  # characters of a watermark
MAX_COLORS = 16
