"""Weights and images that are functions of their places. weights.mjs computes the same numbers."""

import numpy as np


def pattern(tensor, shape):
    """Numbers in -1 … 1, mixed of the tensor's number and the entry's by a hash of 32 bits (lowbias32 of C. Wellons)."""
    x = np.arange(int(np.prod(shape)), dtype=np.uint32) + np.uint32((tensor * 0x9E3779B9) % 2**32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x.astype("float64") / 2**31 - 1).astype("float32").reshape(shape)


def placed(weight, tensor):
    """Kernels by the spread of He, so that signals neither vanish nor grow; the others near their usual values."""
    noise = pattern(tensor, weight.shape).astype("float64")
    if weight.name in ("gamma", "moving_variance", "variance"):
        return 1 + noise / 4
    if weight.name == "count":
        return np.zeros(weight.shape)
    if len(weight.shape) > 1:
        # Inputs of one output; a depthwise kernel [height, width, channels, 1] has height · width of them.
        inputs = int(np.prod(weight.shape[: -2 if weight.shape[-1] == 1 else -1]))
        return noise * np.sqrt(6 / inputs)
    return noise / 10


def place_weights(model):
    for tensor, weight in enumerate(model.weights, start=1):
        weight.assign(placed(weight, tensor).astype("float32"))
