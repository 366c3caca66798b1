"""Arrays of the golden files: how inputs are drawn, and how arrays are written."""
import hashlib
import json

import numpy as np


class Draw:
    """An array that is drawn when its case is made. `kind` and `shape` are also what the seed of the case is made of."""

    def __init__(self, kind, shape, make):
        self.kind, self.shape, self.make = kind, shape, make

    def __repr__(self):
        return f"{self.kind}{list(self.shape)}"


def _floats(kind, make):
    # Four decimals keep the files short; float32 holds them as every reader of the file sees them.
    return lambda *shape: Draw(kind, shape, lambda rng: np.round(make(rng, shape), 4).astype(np.float32))


def _softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _unit_length(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


normal = _floats("normal", lambda rng, shape: rng.standard_normal(shape))
wide = _floats("wide", lambda rng, shape: 5 * rng.standard_normal(shape))
logits = _floats("logits", lambda rng, shape: 2 * rng.standard_normal(shape))
unit = _floats("unit", lambda rng, shape: rng.uniform(0.02, 0.98, shape))
positive = _floats("positive", lambda rng, shape: rng.uniform(0.1, 2.5, shape))
probabilities = _floats("probabilities", lambda rng, shape: _softmax(rng.standard_normal(shape)))
unit_vectors = _floats("unit_vectors", lambda rng, shape: _unit_length(rng.standard_normal(shape)))
bits = _floats("bits", lambda rng, shape: rng.integers(0, 2, shape))
signs = _floats("signs", lambda rng, shape: 2 * rng.integers(0, 2, shape) - 1)
one_hot = _floats("one_hot", lambda rng, shape: np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])])


def near(other, spread=0.3):
    """The array `other` of the same case (drawn before it) with a little noise."""
    return ("near", other, spread)


def integers(high, *shape):
    return Draw(f"integers<{high}", shape, lambda rng: rng.integers(0, high, shape).astype(np.int32))


def ranks(*shape):
    """A permutation of the classes in each row."""
    make = lambda rng: rng.permuted(np.tile(np.arange(shape[-1]), (*shape[:-1], 1)), axis=-1).astype(np.int32)
    return Draw("ranks", shape, make)


def exactly(values, dtype="float32"):
    """These numbers, as they are."""
    array = np.asarray(values, dtype)
    return Draw(f"exactly {values}", array.shape, lambda rng: array)


def texts(values):
    """These texts, as they are."""
    return {"shape": list(np.shape(values)), "dtype": "string", "data": np.ravel(values).tolist()}


def seeded(*key):
    """Random numbers that depend on the case alone: a new case leaves the numbers of the others as they were."""
    digest = hashlib.sha256(json.dumps(key, default=repr).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def encode(array):
    """{"shape", "data", "dtype"}: the shortest decimals that give the same float32."""
    array = np.asarray(array)
    if array.dtype.kind in "OSU":
        data = [each.decode() if isinstance(each, bytes) else str(each) for each in array.ravel()]
        return {"shape": list(array.shape), "dtype": "string", "data": data}
    if array.dtype.kind in "iu":
        return {"shape": list(array.shape), "data": array.ravel().tolist(), "dtype": "int32"}
    return {"shape": list(array.shape), "data": [number(value) for value in array.astype(np.float32).ravel()]}


def number(value):
    """One float32 as its shortest decimal; numbers that JSON lacks are text."""
    value = np.float32(value)
    if np.isfinite(value):
        return float(str(value))
    return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def encode_result(value):
    """A scalar as a number, everything else as an array."""
    array = np.asarray(value)
    return number(array) if array.ndim == 0 else encode(array)


def decode(value):
    """What `encode` wrote."""
    if value.get("dtype") == "string":
        return np.asarray(value["data"], dtype=object).reshape(value["shape"])
    special = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
    data = [special.get(each, each) if isinstance(each, str) else each for each in value["data"]]
    dtype = {"int32": np.int32, "bool": np.bool_}.get(value.get("dtype"), np.float32)
    return np.asarray(data, dtype).reshape(value["shape"])
