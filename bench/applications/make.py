"""What real Keras makes of its applications, for check.mjs and for the tests.

    make.py FOLDER [NAME ...]      models with weights, as .keras and in the old .h5 layout, and their outputs
    make.py --golden [NAME ...]    test/golden/applications.json: numbers of weights, layers, and some outputs

Weights are not drawn by Keras: weights.py computes them of their places, as the tests do, so that no file has to hold them.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

# NASNetMobile has no PyTorch version in Keras.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# oneDNN divides by zero in the first convolution of ResNet50.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format
from keras.src.utils import file_utils
from weights import pattern, place_weights

# Options in Keras's spelling, beside weights=None and classes=10. Small images, since only the arithmetic counts.
CASES = {
    "VGG16": {"include_top": False, "pooling": "avg", "input_shape": (48, 32, 3)},
    "VGG19": {"include_top": False, "pooling": "avg", "input_shape": (32, 48, 3)},
    "MobileNet": {"input_shape": (64, 64, 3), "alpha": 0.5},
    "MobileNetV2": {"input_shape": (96, 64, 3), "alpha": 0.75},
    "MobileNetV3Small": {"input_shape": (64, 65, 3)},
    "MobileNetV3Large": {"input_shape": (64, 64, 3), "alpha": 0.75},
    "ResNet50": {"input_shape": (65, 64, 3)},
    "ResNet50V2": {"input_shape": (64, 64, 3)},
    "DenseNet121": {"input_shape": (64, 64, 3)},
    "Xception": {"input_shape": (75, 75, 3)},
    "InceptionV3": {"input_shape": (80, 96, 3)},
    "NASNetMobile": {"input_shape": (64, 64, 3)},
    "EfficientNetB0": {"input_shape": (64, 64, 3)},
    "EfficientNetB1": {"input_shape": (64, 64, 3)},
    "EfficientNetB2": {"input_shape": (64, 64, 3)},
    "EfficientNetB3": {"input_shape": (48, 64, 3)},
    "EfficientNetV2B0": {"input_shape": (64, 64, 3)},
    "ConvNeXtTiny": {"input_shape": (64, 64, 3)},
}

# What the tests compute too: narrow nets, with a top and without one.
GOLDEN_OUTPUTS = {
    "MobileNet": {"input_shape": (33, 32, 3), "alpha": 0.25, "classes": 7},
    "MobileNetV2": {"input_shape": (32, 40, 3), "alpha": 0.35, "include_top": False, "pooling": "max"},
    "MobileNetV3Small": {"input_shape": (32, 32, 3), "alpha": 0.75, "minimalistic": False, "classes": 5},
}

# These scale pixels themselves.
TAKES_PIXELS = ("MobileNetV3", "EfficientNet", "ConvNeXt")


def build(name, options):
    keras.backend.clear_session()
    return getattr(keras.applications, name)(weights=None, **options)


def images(name, shape):
    x = pattern(0, (2, *shape))
    return (x + 1) * 127.5 if name.startswith(TAKES_PIXELS) else x


def camel(options):
    spelt = {}
    for key, value in options.items():
        first, *rest = key.split("_")
        spelt[first + "".join(part.capitalize() for part in rest)] = list(value) if isinstance(value, tuple) else value
    return spelt


def layers_of(model):
    return [[type(layer).__name__, layer.name] for layer in model.layers]


def describe(model, name, options):
    x = images(name, options["input_shape"])
    y = np.asarray(model(x, training=False), dtype="float64")
    return {"options": camel(options), "y": {"shape": list(y.shape), "data": [float(value) for value in y.ravel()]}}


class Asked(Exception):
    """Raised in the place of a download, with what was asked for."""


def published(name, options):
    """Address and checksum of the weights of ImageNet; null where Keras states none."""

    def ask(file, origin, file_hash=None, **_):
        raise Asked(file, origin, file_hash)

    download, file_utils.get_file = file_utils.get_file, ask
    try:
        getattr(keras.applications, name)(**options)
    except Asked as asked:
        return list(asked.args)
    finally:
        file_utils.get_file = download
    raise AssertionError(f"{name} asked for no file")


def write_models(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        options = {"classes": 10, "classifier_activation": None, **CASES[name]}
        model = build(name, options)
        place_weights(model)
        model.save(folder / f"{name}.keras")
        with h5py.File(folder / f"{name}.h5", "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
        record = {**describe(model, name, options), "parameters": model.count_params(), "layers": layers_of(model)}
        (folder / f"{name}.json").write_text(json.dumps(record))
        print(name, model.count_params())


def write_golden(names):
    path = Path(__file__).parents[2] / "test/golden/applications.json"
    golden = json.loads(path.read_text()) if path.exists() else {}
    for name in names:
        record = {}
        for kind, options in (("top", {}), ("noTop", {"include_top": False})):
            model = build(name, options)
            names_of_layers = json.dumps(layers_of(model), separators=(",", ":"))
            record[kind] = {
                "parameters": model.count_params(),
                "trainable": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
                "layers": len(model.layers),
                "names": hashlib.sha256(names_of_layers.encode()).hexdigest()[:16],
                "file": published(name, options),
            }
        if name in GOLDEN_OUTPUTS:
            model = build(name, GOLDEN_OUTPUTS[name])
            place_weights(model)
            record["case"] = describe(model, name, GOLDEN_OUTPUTS[name])
        golden[name] = record
        print(name, record["top"])
    path.write_text(json.dumps({name: golden[name] for name in sorted(golden)}, indent=1) + "\n")


first, *rest = sys.argv[1:] or ["--help"]
if first == "--golden":
    write_golden(rest or list(CASES))
elif first.startswith("-"):
    print(__doc__)
else:
    write_models(Path(first), rest or list(CASES))
