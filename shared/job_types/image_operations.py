"""The operations of `file-processing` on pictures: a schema for each, behind two tables."""

from collections.abc import Mapping

from marshmallow import Schema

from shared.job_types.image_geometry import Crop, Flip, Flop, Resize, Rotate, Thumbnail
from shared.job_types.image_looks import Blur, Grayscale, Sharpen, ToSrgb, Watermark
from shared.job_types.image_reports import DominantColors, Exif, Metadata, PerceptualHash
from shared.job_types.image_writing import Convert

IMAGE_CHANGES: Mapping[str, type[Schema]] = {
    "resize": Resize,
    "thumbnail": Thumbnail,
    "crop": Crop,
    "rotate": Rotate,
    "flip": Flip,
    "flop": Flop,
    "grayscale": Grayscale,
    "blur": Blur,
    "sharpen": Sharpen,
    "watermark": Watermark,
    "toSrgb": ToSrgb,
    "convert": Convert,
}
IMAGE_REPORTS: Mapping[str, type[Schema]] = {
    "metadata": Metadata,
    "exif": Exif,
    "dominantColors": DominantColors,
    "perceptualHash": PerceptualHash,
}
