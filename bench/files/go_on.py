"""Trains on from compiled files in real Keras; the losses of the steps are test/golden/files/continued.json. Run in this folder's root:
bench/.venv/bin/python bench/files/go_on.py"""

import json
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np


def array(value):
    if "data" in value:
        return np.array(value["data"], dtype=value.get("dtype", "float32")).reshape(value["shape"])
    return [array(each) for each in value] if isinstance(value, list) else {k: array(v) for k, v in value.items()}


class Steps(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.logs = []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append({name: float(value) for name, value in logs.items()})


found = {}
for name in ["regular", "nested", "mobile"]:
    with open(f"test/golden/runs/{name}.json") as file:
        run = json.load(file)
    model, steps = keras.models.load_model(f"test/golden/files/{name}.keras"), Steps()
    size = run["fit"]["batch_size"]
    model.fit(array(run["data"]["x"]), array(run["data"]["y"]), epochs=1, batch_size=size, shuffle=False, verbose=0, callbacks=[steps])
    found[name] = steps.logs
with open("test/golden/files/continued.json", "w") as file:
    json.dump(found, file)
