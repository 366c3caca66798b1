"""Regularizers, constraints, and initializers without randomness: one line each."""
from arrays import normal


def regularizer(name, **config):
    return {"list": "regularizers", "regularizer": name, "config": config, "value": normal(4, 3)}


def constraint(name, **config):
    return {"list": "constraints", "constraint": name, "config": config, "value": normal(4, 3)}


def initializer(name, shape, **config):
    return {"list": "initializers", "initializer": name, "config": config, "shape": shape}


cases = [
    regularizer("L1", l1=0.02),
    regularizer("L2", l2=0.3),
    regularizer("L1L2", l1=0.1, l2=0.2),
    regularizer("OrthogonalRegularizer", factor=0.05, mode="rows"),
    regularizer("OrthogonalRegularizer", factor=0.05, mode="columns"),
    constraint("MaxNorm", max_value=1.0, axis=0),
    constraint("MaxNorm", max_value=0.5, axis=[0, 1]),
    constraint("NonNeg"),
    constraint("UnitNorm", axis=0),
    constraint("MinMaxNorm", min_value=0.8, max_value=1.2, rate=0.5, axis=0),
    initializer("Zeros", [2, 3]),
    initializer("Ones", [4]),
    initializer("Constant", [2, 2], value=0.3),
    initializer("Identity", [3, 3], gain=0.5),
    initializer("Identity", [2, 4]),
    initializer("STFT", [8, 1, 5]),
    initializer("STFT", [6, 1, 5], side="imag", window="hamming", scaling="spectrum", periodic=True),
    initializer("STFT", [3, 1, 3], side="imag", window=[0.5, 1.0, -0.25], scaling=None),
]
