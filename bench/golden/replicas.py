"""Writes replicas.json: BatchNormalization of Keras in two replicas of TensorFlow's MirroredStrategy, synchronized and not.

Each replica is a logical CPU and has one half of the rows of each batch. Without `synchronized` Keras 3 keeps the moving statistics of
its first replica; `moving` are those of the mean over replicas, as tf.keras kept it, by NumPy. Needs tensorflow and keras 3.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

ROWS, BATCH, EPOCHS = 24, 8, 2

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
draw = np.random.default_rng(21)
# Halves of a batch with other means: their statistics differ from those of the batch.
offset = np.where(np.arange(ROWS) % BATCH < BATCH // 2, 0, 1.5).astype("float32")
x = draw.normal(size=(ROWS, 4)).astype("float32") + offset[:, None]
y = draw.normal(size=(ROWS, 1)).astype("float32")
shapes = [(4, 5), (5,), (5,), (5,), (5,), (5,), (5, 1), (1,)]
start = [draw.normal(size=shape).astype("float32") for shape in shapes]
start[5] = np.abs(start[5]) + 0.5  # a variance


def flat(array):
    return [float(value) for value in np.asarray(array, "float32").ravel()]


def train(synchronized):
    losses = []
    moving = [start[4], start[5]]

    class Watch(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs):
            kernel, bias = self.model.get_weights()[:2]
            hidden = x[batch * BATCH : (batch + 1) * BATCH] @ kernel + bias
            halves = np.split(hidden, 2)
            for i, of in enumerate([np.mean, np.var]):
                moving[i] = 0.8 * moving[i] + 0.2 * np.mean([of(half, 0) for half in halves], 0)

        def on_train_batch_end(self, batch, logs):
            losses.append(float(logs["loss"]))

    with strategy.scope():
        model = keras.Sequential(
            [
                keras.layers.Input((4,)),
                keras.layers.Dense(5),
                keras.layers.BatchNormalization(momentum=0.8, synchronized=synchronized),
                keras.layers.Activation("tanh"),
                keras.layers.Dense(1),
            ]
        )
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.set_weights(start)
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[Watch()])
    return {"losses": losses, "weights": [flat(each) for each in model.get_weights()], "moving": [flat(each) for each in moving]}


made = {
    "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
    "batchSize": BATCH,
    "epochs": EPOCHS,
    "x": {"shape": list(x.shape), "data": flat(x)},
    "y": {"shape": list(y.shape), "data": flat(y)},
    "start": [{"shape": list(each.shape), "data": flat(each)} for each in start],
    "local": train(False),
    "synchronized": train(True),
}
path = Path(__file__).parents[2] / "test/golden/replicas.json"
path.write_text(json.dumps(made) + "\n")
