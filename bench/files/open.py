"""Opens what save.mjs wrote in real Keras: predictions, optimizer state and the next steps of training must be fovea's."""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np

folder = sys.argv[1]
rows = []


def array(value):
    if "data" in value:
        return np.array(value["data"], dtype=value["dtype"]).reshape(value["shape"])
    return {name: array(each) for name, each in value.items()}


def gap(actual, expected):
    if isinstance(expected, dict):
        values = actual if isinstance(actual, dict) else dict(zip(expected, actual))
        return max(gap(values[name], each) for name, each in expected.items())
    return float(np.max(np.abs(actual - expected) / np.maximum(1, np.abs(expected))))


def check(name, what, limit, work):
    try:
        error = work()
        rows.append((name, what, "right" if error <= limit else "WRONG", f"{error:.1e}"))
    except Exception as error:  # every failure is a row of the table
        rows.append((name, what, "FAILED", f"{type(error).__name__}: {error}"[:300]))


class Steps(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


for name in sorted(file[:-5] for file in os.listdir(folder) if file.endswith(".json") and "weights" not in file):
    with open(f"{folder}/{name}.json") as file:
        data = json.load(file)
    x, y, expected = array(data["x"]), array(data["y"]), array(data["predictions"])

    def predictions(model):
        return gap(model.predict(x, verbose=0), expected)

    for ending in ["keras", "h5"]:
        path = f"{folder}/{name}.{ending}"
        check(name, f".{ending} predicts", 1e-5, lambda: predictions(keras.models.load_model(path)))
        check(
            name,
            f".{ending} optimizer's steps",
            0,
            lambda: abs(int(keras.models.load_model(path).optimizer.iterations) - data["optimizer"]),
        )

        def go_on():
            model, steps = keras.models.load_model(path), Steps()
            model.fit(x, y, epochs=1, batch_size=8, shuffle=False, verbose=0, callbacks=[steps])
            return gap(np.array(steps.losses), np.array(data["steps"]))

        # Keras 3.15 cannot train on from any .h5 file, its own included ("Unknown variable").
        if data["steps"] and ending == "keras":
            check(name, f".{ending} training goes on", 1e-4, go_on)
    for ending in ["weights.h5", "weights.json"]:

        def load():
            model = keras.models.load_model(f"{folder}/{name}.keras", compile=False)
            for weight in model.weights:
                weight.assign(np.zeros(weight.shape))
            model.load_weights(f"{folder}/{name}.{ending}")
            return predictions(model)

        check(name, f".{ending} predicts", 1e-5, load)

for row in rows:
    print(*row, sep="\t")
print(f"\nKeras {keras.__version__} on {keras.backend.backend()}: {sum(row[2] == 'right' for row in rows)} of {len(rows)} right")
sys.exit(any(row[2] != "right" for row in rows))
