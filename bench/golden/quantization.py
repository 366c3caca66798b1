"""
Quantized weights of Keras and NumPy: test/golden/quantization.json, and two models in test/golden/files, int8.keras (weights alone)
and int8_activations.keras. Python bench/golden/quantization.py writes them, in this process with Keras on PyTorch; with --read FILE
it opens a file that fovea wrote, and prints what it predicts of the inputs that stand beside it in FILE.json.
"""
import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
from keras import layers
from keras.quantizers import Int8QuantizationConfig, abs_max_quantize

GOLDEN = pathlib.Path(__file__).parents[2] / "test/golden"


def read(name):
    model = keras.models.load_model(name)
    given = json.loads(pathlib.Path(f"{name}.json").read_text())
    x = np.array(given["inputs"]["values"], given["inputs"]["dtype"]).reshape(given["inputs"]["shape"])
    made = model.predict(x, verbose=0)
    gaps = [
        float(np.abs(np.ravel(one) - np.array(other, "float32")).max())
        for one, other in zip(made if isinstance(made, list) else [made], given["outputs"])
    ]
    print(json.dumps(dict(dtypes=sorted({str(w.dtype) for w in model.weights}), gaps=gaps)))


def numbers(array):
    return [float(value) for value in np.ravel(array)]


def int8_cases(rng):
    """Kernels of odd shapes, with channels of zeros, of one tiny number and of one huge number."""
    for shape, axis in [
        ((5, 3), 0),
        ((1, 1), 0),
        ((7, 4), -1),
        ((3, 3, 2, 5), (0, 1, 2)),
        ((3, 3, 5, 2), (0, 1)),
        ((2, 3, 5, 4), (0, 1, 3)),
        ((6, 2, 3), 0),
        ((2, 3, 6), (0, 1)),
    ]:
        values = rng.normal(size=shape).astype("float32")
        kept = [i for i in range(len(shape)) if i not in [a % len(shape) for a in np.atleast_1d(axis)]]
        if values.size > 1:
            first = tuple(0 if i in kept else slice(None) for i in range(len(shape)))
            values[first] = 0
        if shape == (5, 3):
            values[:, 1] = [0, 1e-9, -3e-8, 0, 0]
            values[:, 2] = [1e30, -1e30, 5e29, 1, 0]
        codes, scale = abs_max_quantize(values, axis=axis, to_numpy=True)
        codes, scale = keras.ops.convert_to_numpy(codes), keras.ops.convert_to_numpy(scale)
        yield dict(
            shape=shape,
            axes=kept,
            values=numbers(values),
            codes=[int(code) for code in np.ravel(codes)],
            scales=numbers(scale),
        )


def half_case(rng):
    """Values at and between the numbers of float16, subnormal ones and the largest among them."""
    halves = np.array([0, 1, 2, 0x3FF, 0x400, 0x3BFF, 0x3C00, 0x3C01, 0x7BFE, 0x7BFF], "uint16").view("float16")
    exact = halves.astype("float32")
    between = ((exact[:-1].astype("float64") + exact[1:]) / 2).astype("float32")
    ties = np.array([1 + 2**-11, 1 + 3 * 2**-11, 2**-25, 3 * 2**-25, 2**-26, 65519.996], "float32")
    drawn = (rng.normal(size=60) * 10.0 ** rng.integers(-9, 5, size=60)).astype("float32")
    values = np.concatenate([exact, between, ties, drawn[np.abs(drawn) < 65519]])
    values = np.concatenate([values, -values])
    return dict(values=numbers(values), bits=[int(b) for b in values.astype("float16").view("uint16")])


def build():
    ids = keras.Input((5,), dtype="int32", name="ids")
    x = layers.Embedding(11, 6, name="table")(ids)
    x = layers.EinsumDense("abc,cd->abd", (5, 7), bias_axes="d", activation="relu", name="einsum")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(5, use_bias=False, activation="relu", name="bare")(x)
    classes = layers.Dense(3, activation="softmax", name="classes")(x)
    words = layers.ReversibleEmbedding(11, 4, tie_weights=False, name="words")
    tied = layers.ReversibleEmbedding(11, 4, name="tied")
    logits = words(layers.Dense(4, name="inner")(words(ids)), reverse=True)
    return keras.Model(ids, [classes, logits, tied(tied(ids), reverse=True)])


def main():
    rng = np.random.default_rng(20)
    keras.utils.set_random_seed(20)
    made = dict(int8=list(int8_cases(rng)), float16=half_case(rng), models={})
    inputs = rng.integers(0, 11, size=(4, 5)).astype("int32")
    weights = None
    for name, config in [("int8", Int8QuantizationConfig(activation_quantizer=None)), ("int8_activations", None)]:
        model = build()
        weights = weights or [rng.normal(size=w.shape).astype("float32") for w in model.weights]
        model.set_weights(weights)
        plain = model.predict(inputs, verbose=0)
        model.quantize(*(["int8"] if config is None else []), config=config)
        model.save(GOLDEN / f"files/{name}.keras")
        made["models"][name] = dict(
            outputs=[numbers(each) for each in model.predict(inputs, verbose=0)], plain=[numbers(each) for each in plain]
        )
    made["inputs"] = inputs.tolist()
    made["weights"] = [numbers(each) for each in weights]
    (GOLDEN / "quantization.json").write_text(json.dumps(made) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
    else:
        main()
