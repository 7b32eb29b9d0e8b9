"""Photos of premises: what is kept of one is its pixels.

A photo comes from a phone with the place and moment at which it was taken, the phone's make, a small earlier version of
itself, and whatever else an application wrote into it. All of that goes: the picture is decoded, turned upright and
written anew. One SHA-256 is that of the file as it was sent, so that the sender can tell that it arrived; another that
of the file as it is kept.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from gis.errors import DataRejected
from gis.texts import _

MOST_BYTES: Final = 12 * 2**20
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 2560
"""Pixels; a larger picture is made smaller."""
QUALITY: Final = 85
FORMATS: Final = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class Photo:
    """A photo as it is kept."""

    sha256: str
    sent_sha256: str
    media_type: str
    width: int
    height: int
    content: bytes


def clean_photo(sent: bytes, *, name: str) -> Photo:
    """The picture alone, as a JPEG of at most LONGEST_SIDE pixels a side. Raises DataRejected, naming the file."""
    if len(sent) > MOST_BYTES:
        most = MOST_BYTES // 2**20
        raise DataRejected(_("{name} is larger than {most} MB. Take a smaller photo.", name=name, most=most))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow would warn of is refused or thrown away below
            with Image.open(io.BytesIO(sent), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise DataRejected(_("{name} has too many pixels. Take a smaller photo.", name=name))
                if picture.format == "JPEG":
                    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataRejected(_("{name} is no photo that can be read. Send JPEG, PNG or WebP.", name=name)) from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    kept = io.BytesIO()
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    bare.save(kept, "JPEG", quality=QUALITY)
    content = kept.getvalue()
    return Photo(
        sha256=hashlib.sha256(content).hexdigest(),
        sent_sha256=hashlib.sha256(sent).hexdigest(),
        media_type="image/jpeg",
        width=bare.width,
        height=bare.height,
        content=content,
    )
