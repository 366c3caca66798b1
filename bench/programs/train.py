"""
The network of a program of `fovea example` in Keras, on the same rows (see data.mjs): python3 bench/programs/train.py FOLDER [EPOCHS]

Keras's own defaults (initializers, epsilons) are fovea's, too. The last line is JSON: the figure, and the seconds of each epoch.
"""

import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers

folder = Path(sys.argv[1])
about = json.loads((folder / "data.json").read_text())
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else about["epochs"]
arrays = {
    name: np.fromfile(folder / f"{name}.bin", dtype=array["dtype"]).reshape(array["shape"])
    for name, array in about["arrays"].items()
}
keras.utils.set_random_seed(about["seed"])


def normalized(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def u_net(shape, classes=4):
    def convolution(x, filters):
        return normalized(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))

    def pair(x, filters):
        return convolution(convolution(x, filters), filters)

    def twice(x, filters):
        return layers.Conv2DTranspose(filters, 2, strides=2)(x)

    image = keras.Input(shape)
    fine = pair(image, 8)
    middle = pair(layers.MaxPooling2D()(fine), 16)
    coarse = pair(layers.MaxPooling2D()(middle), 32)
    x = pair(layers.MaxPooling2D()(coarse), 64)
    x = convolution(layers.Concatenate()([twice(x, 32), coarse]), 32)
    x = convolution(layers.Concatenate()([twice(x, 16), middle]), 16)
    x = convolution(layers.Concatenate()([twice(x, 8), fine]), 16)
    return keras.Model(image, layers.Conv2D(classes, 1, activation="softmax")(x))


def space_time(shape, classes=8):
    clip = keras.Input(shape)
    x = normalized(layers.Conv3D(12, 3, strides=(1, 2, 2), padding="same")(clip))
    x = normalized(layers.Conv3D(24, 3, padding="same")(x))
    x = layers.MaxPooling3D((1, 2, 2))(x)
    x = normalized(layers.Conv3D(32, 3, padding="same")(x))
    x = layers.MaxPooling3D(2)(x)
    x = normalized(layers.Conv3D(32, 3, padding="same")(x))
    x = layers.GlobalAveragePooling3D()(x)
    return keras.Model(clip, layers.Dense(classes, activation="softmax")(x))


def mean_iou(truth, found, classes=4):
    matrix = np.bincount(truth.ravel() * classes + found.ravel(), minlength=classes**2).reshape(classes, classes)
    return float((matrix.diagonal() / (matrix.sum(0) + matrix.sum(1) - matrix.diagonal())).mean())


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch; the first one compiles."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(round(time.perf_counter() - self.start, 3))


make, rate, batch = {"segmentation": (u_net, 0.005, 16), "video": (space_time, 0.003, 32)}[about["name"]]
x, y = arrays["train_x"], arrays["train_y"]
model = make(x.shape[1:])
assert model.count_params() == about["params"], f"{model.count_params()} parameters, the program has {about['params']}"
steps = epochs * -(-len(x) // batch)
model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
    loss="sparse_categorical_crossentropy",
)
clock = Clock()
model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, callbacks=[clock])
found = model.predict(arrays["test_x"], verbose=0).argmax(-1)
truth = arrays["test_y"]
figure = mean_iou(truth, found) if about["name"] == "segmentation" else float((found == truth).mean())
print(json.dumps({
    "name": about["name"], "seed": about["seed"], "keras": keras.__version__, "backend": keras.backend.backend(),
    "params": model.count_params(), "figure": round(figure, 4), "epochSeconds": clock.seconds,
}))
