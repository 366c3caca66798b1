"""Keras on TensorFlow or on PyTorch, and PyTorch with a loop written by hand. The protocol is that of serve.mjs."""
import json
import os
import re
import resource
import sys
import time

kind = os.environ["BENCH_PEER"]
threads = int(os.environ.get("BENCH_THREADS", "2"))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["OMP_NUM_THREADS"] = str(threads)
if kind.startswith("keras-"):
    os.environ["KERAS_BACKEND"] = {"keras-tensorflow": "tensorflow", "keras-torch": "torch"}[kind]

import numpy as np

folder = os.environ["BENCH_DATA"]
with open(os.path.join(os.path.dirname(__file__), "../models.json")) as file:
    description = json.load(file)[os.environ.get("BENCH_MODEL", "handout")]
shape = description["input"]
raw = np.fromfile(f"{folder}/pixels", np.uint8)
size = int(np.prod(shape))
labels = np.fromfile(f"{folder}/labels", np.uint8).astype(np.int64)
most = min(len(labels), max(2**25, len(raw)) // size)
count = min(max(1024, len(raw) // size), most)
labels = labels[:count]
pixels = np.resize(raw, count * size).reshape(-1, *shape).astype(np.float32) / 255
is_mask = description.get("target") == "mask"
targets = (pixels > 0.5).astype(np.float32) if is_mask else np.eye(10, dtype=np.float32)[labels]


def keras_peer():
    if kind == "keras-tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    else:
        import torch

        torch.set_num_threads(threads)
    import keras
    from keras import layers

    def residual(x, filters, strides):
        def conv(value, **options):
            return layers.BatchNormalization()(layers.Conv2D(filters, padding="same", **options)(value))

        inner = layers.ReLU()(conv(x, kernel_size=3, strides=strides))
        skip = x if strides == 1 else conv(x, kernel_size=1, strides=strides)
        return layers.ReLU()(layers.Add()([conv(inner, kernel_size=3), skip]))

    def separable(x, filters, strides):
        def normalized(value):
            return layers.ReLU()(layers.BatchNormalization()(value))

        x = normalized(layers.DepthwiseConv2D(3, strides=strides, padding="same")(x))
        return normalized(layers.Conv2D(filters, 1)(x))

    class Positions(layers.Layer):
        def build(self, shape):
            self.table = self.add_weight(name="positions", shape=shape[1:])

        def call(self, x):
            return x + self.table

    def patches(x, size, width):
        x = layers.Conv2D(width, size, strides=size)(x)
        return Positions()(layers.Reshape((x.shape[1] * x.shape[2], width))(x))

    def transformer(x, num_heads, width):
        normal = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(num_heads, width // num_heads)(normal, normal)])
        wide = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
        return layers.Add()([x, layers.Dense(width)(wide)])

    def unet(x, filters):
        def level(value, size):
            for _ in range(2):
                value = layers.Conv2D(size, 3, padding="same")(value)
                value = layers.ReLU()(layers.BatchNormalization()(value))
            return value

        skips = []
        for size in filters[:-1]:
            skips.append(level(x, size))
            x = layers.MaxPooling2D()(skips[-1])
        x = level(x, filters[-1])
        for size in reversed(filters[:-1]):
            wide = layers.Conv2DTranspose(size, 2, strides=2)(x)
            x = level(layers.Concatenate()([wide, skips.pop()]), size)
        return x

    blocks = {
        "Residual": residual,
        "Separable": separable,
        "Patches": patches,
        "Transformer": transformer,
        "UNet": unet,
    }

    def snake(name):
        return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name)

    def build():
        if "application" in description:
            return getattr(keras.applications, description["application"])(weights=None, classes=10)
        start = keras.Input(shape)
        x = start
        for name, options in description["layers"]:
            options = {snake(key): value for key, value in options.items()}
            x = blocks[name](x, **options) if name in blocks else getattr(layers, name)(**options)(x)
        return keras.Model(start, x)

    model = build()
    loss = "binary_crossentropy" if is_mask else "categorical_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])

    def fit(batch, n):
        model.fit(pixels[:n], targets[:n], batch_size=batch, epochs=1, verbose=0)

    def predict(batch, n):
        model.predict(pixels[:n], batch_size=batch, verbose=0)

    return fit, predict


def torch_peer():
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    model = nn.Sequential(
        nn.Conv2d(1, 64, 3), nn.ReLU(), nn.Conv2d(64, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18432, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())
    y = torch.from_numpy(labels)

    def fit(batch, n):
        order = torch.randperm(n)
        for begin in range(0, n, batch):
            rows = order[begin : begin + batch]
            optimizer.zero_grad()
            output = model(x[rows])
            loss = nn.functional.cross_entropy(output, y[rows])
            loss.backward()
            optimizer.step()
            (output.argmax(1) == y[rows]).sum().item()

    def predict(batch, n):
        with torch.no_grad():
            for begin in range(0, n, batch):
                torch.softmax(model(x[begin : begin + batch]), 1)

    return fit, predict


def timed(run, batch, seconds):
    """Passes over the first images, as many as fit into the time, after a warm-up that tells how many those are."""
    few = min(count, 4 * batch)
    run(batch, few)
    warm = time.perf_counter()
    run(batch, few)
    rate = few / (time.perf_counter() - warm)
    n = min(count, max(few, batch * -(-int(seconds * rate) // batch)))
    start = time.perf_counter()
    images = 0
    while True:
        run(batch, n)
        images += n
        taken = time.perf_counter() - start
        if taken >= 0.9 * seconds:
            return {"images": images, "seconds": taken}


def say(message):
    print(json.dumps(message), flush=True)


fit, predict = torch_peer() if kind == "torch" else keras_peer()
if sys.argv[1:] == ["first"]:
    fit(32, 32)
    say({"first": True})
    sys.exit(0)
say({"ready": True})
for line in sys.stdin:
    asked = json.loads(line)
    if asked["task"] == "train":
        say(timed(fit, asked["batch"], asked["seconds"]))
    elif asked["task"] == "predict":
        say(timed(predict, asked["batch"], asked["seconds"]))
    else:
        say({"peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})
