"""
Makes test/golden/data-files.json: small files that NumPy and Pillow wrote, in base64, with what Keras reads of them.
`python data_files.py` after `pip install numpy pillow tensorflow-cpu keras`; run by hand, when a case is added.
"""
import base64
import io
import json
import os
import pickle
import tempfile
import wave
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
from PIL import Image

GOLDEN = Path(__file__).resolve().parent.parent.parent / "test" / "golden"


def text(data):
    return base64.b64encode(data).decode()


def npy(array, version=None, **options):
    file = io.BytesIO()
    if version is None:
        np.save(file, array, **options)
    else:
        np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def case(name, array, version=None):
    return {"name": name, "file": text(npy(array, version)), "shape": list(array.shape), "values": array.astype("float64").ravel().tolist()}


def arrays():
    cube = np.arange(-12, 12).reshape(2, 3, 4)
    types = ["<i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]
    made = [case(f"{dtype} in C order", (cube / 4 if "f" in dtype else cube * 3).astype(dtype)) for dtype in types]
    made += [case(dtype, np.abs(cube).astype(dtype)) for dtype in ["u1", "<u2", ">u2", "<u4", "<u8"]]
    made += [
        case("booleans", cube % 2 == 0),
        case("Fortran order, rank 3", np.asfortranarray(cube.astype("<f4"))),
        case("Fortran order, rank 4", np.asfortranarray(np.arange(48, dtype="<i4").reshape(2, 3, 2, 4))),
        case("a scalar", np.array(2.5, "<f4")),
        case("no values", np.zeros((0, 3), "<f4")),
        case("version 2.0", cube.astype("<f4"), (2, 0)),
        case("version 3.0", cube.astype("<f4"), (3, 0)),
        case("halves at the edges", np.array([6.0e-8, -6.1e-5, 65504, -0.0, 1 / 3], "<f2")),
    ]
    refused = {
        "int64 beyond int32": npy(np.array([2**40])),
        "complex": npy(np.array([1j])),
        "text": npy(np.array(["ab"])),
        "records": npy(np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")])),
        "objects": npy(np.array([[1], [2, 3]], dtype=object), allow_pickle=True),
    }
    return made, {name: text(file) for name, file in refused.items()}


def archives():
    made = {}
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, x=np.arange(300, dtype="<f4").reshape(100, 3), y=np.arange(100) % 7)
        made[save.__name__] = text(file.getvalue())
    return made


def shuffles():
    def one(seed, count):
        order = np.arange(count)
        np.random.RandomState(seed).shuffle(order)
        return {"seed": seed, "order": order.tolist()}

    return [one(0, 10), one(113, 20), one(1, 2), one(2**32 - 1, 7), one(42, 700)]


def picture(height, width, channels, seed):
    """A smooth picture with some noise, so that JPEG keeps it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin(x / (2 + c) + seed) * np.cos(y / (3 - c / 2)) for c in range(channels)]
    return np.clip(np.stack(planes, -1) + rng.normal(0, 12, (height, width, channels)), 0, 255).astype("uint8")


def image_file(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def images():
    rgb, grey = Image.fromarray(picture(7, 9, 3, 1)), Image.fromarray(picture(8, 5, 1, 2)[..., 0])
    rgba = picture(6, 8, 4, 3)
    rgba[1, 2:5, 3], rgba[0, :, 3] = 0, 255
    photo = Image.fromarray(picture(24, 33, 3, 4))
    turned = Image.Exif()
    turned[0x0112] = 6
    files = {
        "rgb.png": image_file(rgb, "PNG"),
        "rgba.png": image_file(Image.fromarray(rgba), "PNG"),
        "grey.png": image_file(grey, "PNG"),
        "palette.png": image_file(rgb.quantize(5), "PNG"),
        "rgb.bmp": image_file(rgb, "BMP"),
        "palette.bmp": image_file(rgb.quantize(5), "BMP"),
        "bits.bmp": image_file(grey.convert("1"), "BMP"),
        "alpha.bmp": image_file(Image.fromarray(rgba), "BMP"),
        "still.gif": image_file(rgb.quantize(5), "GIF"),
        "lossless.webp": image_file(rgb, "WEBP", lossless=True),
        "photo.jpg": image_file(photo, "JPEG", quality=90),
        "turned.jpg": image_file(photo, "JPEG", quality=90, exif=turned),
        "grey.jpg": image_file(grey, "JPEG", quality=95),
    }
    made = []
    for name, file in files.items():
        read = {mode: np.asarray(keras.utils.load_img(io.BytesIO(file), color_mode=mode)) for mode in ("grayscale", "rgb", "rgba")}
        made.append({"name": name, "file": text(file), "size": list(read["rgb"].shape[:2]), **{mode: text(each.tobytes()) for mode, each in read.items()}})
    return files, made


def resized(files):
    """What load_img makes of a size."""
    made = []
    for name, mode in (("rgb.png", "rgb"), ("rgba.png", "rgba"), ("photo.jpg", "rgb")):
        for size in ([5, 11], [16, 4]) if name != "photo.jpg" else ([9, 7],):
            for interpolation in ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"):
                for keep in (False, True):
                    image = keras.utils.load_img(io.BytesIO(files[name]), mode, tuple(size), interpolation, keep)
                    made.append({"name": name, "colorMode": mode, "targetSize": size, "interpolation": interpolation, "keepAspectRatio": keep, "bytes": text(np.asarray(image).tobytes())})
    return made


def directories(files):
    """What image_dataset_from_directory makes of one image; lossless ones, so that decoders cannot differ."""
    made = []
    for name, size in (("rgb.png", (5, 11)), ("rgb.png", (16, 4)), ("rgba.png", (3, 3)), ("grey.png", (13, 6))):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a").mkdir()
            (Path(folder) / "a" / name).write_bytes(files[name])
            channels = {"rgb.png": "rgb", "rgba.png": "rgba", "grey.png": "grayscale"}[name]
            for interpolation in ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
                for fit in ("stretch", "crop", "pad") if interpolation in ("bilinear", "nearest", "lanczos3") else ("stretch",):
                    data = keras.utils.image_dataset_from_directory(
                        folder, color_mode=channels, image_size=size, interpolation=interpolation, crop_to_aspect_ratio=fit == "crop",
                        pad_to_aspect_ratio=fit == "pad", labels=None, verbose=False)
                    image = next(iter(data)).numpy()[0].astype("float32")
                    made.append({"name": name, "colorMode": channels, "imageSize": list(size), "interpolation": interpolation, "fit": fit, "floats": text(image.tobytes())})
    return made


def sound(values, width, rate=8000):
    """Whole numbers [samples, channels] as PCM, by Python's own writer."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(values.shape[1])
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(b"".join(int(each + (128 if width == 1 else 0)).to_bytes(width, "little", signed=width > 1) for each in values.ravel()))
    return file.getvalue()


def sounds():
    wave_of = np.array([[-1.0, 0.5], [0.25, -0.125], [0.99, 0.0]])
    made = []
    for width in (1, 2, 3, 4):
        values = np.round(wave_of * 2 ** (8 * width - 1))
        made.append({"bits": 8 * width, "file": text(sound(values, width)), "values": (values / 2 ** (8 * width - 1)).ravel().tolist()})
    batches = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a").mkdir()
        files = {f"{i}.wav": sound(np.arange(-n, n)[:, None] * 1000, 2) for i, n in enumerate((3, 5))}
        for name, file in files.items():
            (Path(folder) / "a" / name).write_bytes(file)
        for length in (None, 4, 8):
            data = keras.utils.audio_dataset_from_directory(folder, labels=None, shuffle=False, output_sequence_length=length, verbose=False)
            batch = next(iter(data)).numpy()
            batches.append({"length": length, "shape": list(batch.shape), "values": batch.ravel().tolist()})
    return {"files": made, "folder": {name: text(file) for name, file in files.items()}, "batches": batches}


def texts():
    """Small archives like those of imdb and reuters, and what Keras's own loaders make of them."""
    from keras.src.datasets import imdb, reuters

    rng = np.random.default_rng(5)
    rows = lambda count: np.array([rng.integers(1, 400, n).tolist() for n in rng.integers(1, 9, count)], dtype=object)
    parts = {"x_train": rows(9), "y_train": np.arange(9) % 2, "x_test": rows(4), "y_test": np.arange(4) % 2}
    parts["x_train"][0] = [1, 255, 256, 65535, 65536, 70000]
    whole = {"x": parts["x_train"], "y": np.arange(9) % 46}
    made = []
    for name, module, arrays in (("imdb", imdb, parts), ("reuters", reuters, whole)):
        file = io.BytesIO()
        np.savez(file, **arrays)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.npz"
            path.write_bytes(file.getvalue())
            module.get_file = lambda *args, **kwargs: str(path)
            cases = []
            for options in ({}, {"num_words": 300, "skip_top": 20}, {"maxlen": 6, "seed": 1}, {"start_char": None, "oov_char": None, "index_from": 0, "num_words": 200}):
                (x_train, y_train), (x_test, y_test) = module.load_data(**options)
                as_lists = lambda x: [[int(word) for word in row] for row in x]
                cases.append({"options": options, "train": as_lists(x_train), "trainLabels": y_train.tolist(), "test": as_lists(x_test), "testLabels": y_test.tolist()})
        made.append({"name": name, "file": text(file.getvalue()), "cases": cases})
    # The same list in the protocols of pickle that NumPy used over the years.
    lists = []
    for protocol in (2, 3, 4, 5):
        header = np.lib.format.header_data_from_array_1_0(parts["x_test"])
        file = io.BytesIO()
        np.lib.format.write_array_header_1_0(file, header)
        pickle.dump(parts["x_test"], file, protocol=protocol)
        lists.append({"protocol": protocol, "file": text(file.getvalue()), "rows": parts["x_test"].tolist()})
    return {"archives": made, "pickles": lists}


# Names whose order tells apart how they are sorted.
TREE = ["b/2.png", "b/10.png", "b/B.png", "b/sub/x.png", "b/sub-1/y.PNG", "b/notes.txt", "a/\u00e9.jpg", "a/z.jpeg", "a/A.jpg", "Z/1.gif", "Z/2.bmp", ".hidden/1.png", "top.png"]


def orders():
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for name in TREE:
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        for options in ({"shuffle": False}, {"seed": 7}, {"seed": 7, "labels": None}, {"shuffle": False, "labels": None}, {"shuffle": False, "class_names": ["b", "a"]},
                        {"seed": 3, "validation_split": 0.35, "subset": "training"}, {"seed": 3, "validation_split": 0.35, "subset": "validation"}):
            data = keras.utils.image_dataset_from_directory(folder, batch_size=None, verbose=False, **options)
            paths = [os.path.relpath(path, folder).replace(os.sep, "/") for path in data.file_paths]
            made.append({"options": options, "files": paths, "classes": data.class_names})
    return {"tree": TREE, "cases": made}


made, refused = arrays()
files, pictures = images()
written = {
    "note": f"NumPy {np.__version__}, Pillow {Image.__version__}, Keras {keras.__version__}; bench/golden/data_files.py",
    "npy": made,
    "refused": refused,
    "npz": archives(),
    "shuffles": shuffles(),
    "images": pictures,
    "loadImg": resized(files),
    "directories": directories(files),
    "orders": orders(),
    "sounds": sounds(),
    "texts": texts(),
}
(GOLDEN / "data-files.json").write_text(json.dumps(written, separators=(",", ":")) + "\n")
