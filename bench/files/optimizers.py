"""Trains on in real Keras from what `optimizers.mjs save` wrote, saves that again, and trains on once more for `optimizers.mjs open`.

Run by hand: `bench/.venv/bin/python bench/files/optimizers.py <folder>`.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np

folder = sys.argv[1]
wrong = 0


def go_on(model, batches):
    losses = []
    for batch in batches:
        model.reset_metrics()
        x = np.array(batch["x"], dtype="float32").reshape(-1, 6, 6, 2)
        y = np.array(batch["y"], dtype="float32").reshape(-1, 3)
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
    return {"losses": losses, "weights": [weight.ravel().tolist() for weight in model.get_weights()]}


def gap(actual, expected):
    return max(float(np.max(np.abs(np.array(a) - np.array(b)))) for a, b in zip(actual, expected, strict=True))


for name in sorted(file[:-5] for file in os.listdir(folder) if file.endswith(".json") and ".back." not in file):
    with open(f"{folder}/{name}.json") as file:
        data = json.load(file)
    try:
        model = keras.models.load_model(f"{folder}/{name}.keras")
        made = go_on(model, data["batches"])
        losses, weights = gap([made["losses"]], [data["losses"]]), gap(made["weights"], data["weights"])
        result, words = ("right" if losses <= 1e-4 and weights <= 1e-4 else "WRONG"), f"{losses:.1e}  {weights:.1e}"
        model.save(f"{folder}/{name}.back.keras")
        with open(f"{folder}/{name}.back.json", "w") as file:
            json.dump(go_on(model, data["batches"]), file)
    except Exception as error:  # every failure is a row of the table
        result, words = "FAILED", f"{type(error).__name__}: {error}"[:300]
    wrong += result != "right"
    print(f"{result:7}{words}  {name}", flush=True)
print(f"Keras {keras.__version__} on {keras.backend.backend()}: {wrong} wrong")
sys.exit(wrong > 0)
