"""
Makes test/golden/jpegs.json: small JPEGs of Pillow (libjpeg-turbo) in base64, with the SHA-256 of the RGB bytes that Pillow reads in them. "usual" says whether
fovea's own kernels are to read the file. `python jpegs.py` after `pip install numpy pillow`; run by hand, when a case is added.
"""
import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

GOLDEN = Path(__file__).resolve().parent.parent.parent / "test" / "golden"


def picture(width, height, kind):
    y, x = np.mgrid[0:height, 0:width]
    if kind == "noise":
        values = np.random.default_rng(3).integers(0, 256, (height, width, 3))
    elif kind == "edges":
        values = np.stack([((x // 3 + y // 5) % 2) * 255, ((x + y) % 7 > 3) * 255, (x > y) * 255], -1)
    else:
        values = np.stack([128 + 100 * np.sin(x / 5 + y / 9), 128 + 100 * np.cos(y / 4), x * 255 / width], -1)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def case(name, image, usual=True, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", optimize=True, **options)
    pixels = np.asarray(Image.open(io.BytesIO(file.getvalue())).convert("RGB")).tobytes()
    return {
        "name": name,
        "file": base64.b64encode(file.getvalue()).decode(),
        "pixels": hashlib.sha256(pixels).hexdigest(),
        "usual": usual,
    }


FULL, HALF, QUARTER = 0, 1, 2
CASES = [
    case("4:4:4, a restart every row", picture(33, 20, "edges"), quality=30, subsampling=FULL, restart_marker_rows=1),
    case("4:2:2", picture(45, 23, "waves"), quality=80, subsampling=HALF),
    case("4:2:2, odd sides", picture(17, 9, "edges"), quality=95, subsampling=HALF),
    case("4:2:0, a restart every MCU", picture(37, 35, "waves"), quality=60, subsampling=QUARTER, restart_marker_blocks=1),
    case("4:2:0, restarts amid rows", picture(50, 50, "edges"), quality=75, subsampling=QUARTER, restart_marker_blocks=3),
    case("grey, restarts", picture(30, 30, "waves").convert("L"), quality=70, restart_marker_blocks=2),
    case("quality 1", picture(40, 30, "edges"), quality=1, subsampling=QUARTER),
    case("quality 100", picture(19, 18, "noise"), quality=100, subsampling=QUARTER),
    case("five wide", picture(5, 3, "noise"), quality=90, subsampling=QUARTER),
    case("four wide: chroma is not filtered", picture(4, 3, "noise"), False, quality=90, subsampling=QUARTER),
    case("CMYK", picture(16, 16, "waves").convert("CMYK"), False, quality=50),
    case("progressive", picture(24, 24, "waves"), False, quality=50, progressive=True),
    case("RGB", picture(16, 16, "waves"), False, quality=50, keep_rgb=True),
]

if __name__ == "__main__":
    text = json.dumps({"cases": CASES}, indent=1)
    (GOLDEN / "jpegs.json").write_text(text + "\n")
