"""Opens what layers.mjs wrote in real Keras; predictions must be Keras's golden outputs.

Run by hand: `bench/.venv/bin/python bench/files/layers.py <folder>`.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np

folder = sys.argv[1]
wrong, right, worst = 0, 0, 0.0


def array(value):
    return np.array(value["data"], dtype=value.get("dtype", "float32")).reshape(value["shape"])


for name in sorted(file[:-5] for file in os.listdir(folder) if file.endswith(".json")):
    with open(f"{folder}/{name}.json") as file:
        data = json.load(file)
    try:
        model = keras.models.load_model(f"{folder}/{name}.keras")
        inputs = [array(each) for each in data["inputs"]]
        made = np.asarray(keras.ops.convert_to_numpy(model(inputs[0] if len(inputs) == 1 else inputs)))
        expected = array(data["output"])
        gap = float(np.nanmax(np.abs(made - expected) / np.maximum(1, np.abs(expected)), initial=0))
        assert made.shape == expected.shape and gap <= 1e-5, f"differs by {gap:.1e}"
        right, worst = right + 1, max(worst, gap)
    except Exception as error:  # every failure is a row of the table
        print(f"WRONG {name}: {type(error).__name__}: {error}"[:300], flush=True)
        wrong += 1
print(f"Keras {keras.__version__} on {keras.backend.backend()}: {right} right (largest difference {worst:.1e}), {wrong} wrong")
sys.exit(wrong > 0)
