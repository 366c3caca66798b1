"""Opens what `zoo.mjs --save` wrote in real Keras: predictions must be those of Keras's own files.

Run by hand: `bench/.venv/bin/python bench/files/zoo.py <folder of golden files> <folder of saved models>`.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np

golden, saved = sys.argv[1:3]
wrong = 0


def array(value):
    return np.array(value["data"], dtype=value.get("dtype", "float32")).reshape(value["shape"])


def arrays(value):
    """Lists and records of arrays. A list of one is that one."""
    if "data" in value:
        return array(value)
    if isinstance(value, list):
        return array(value[0]) if len(value) == 1 else [array(each) for each in value]
    return {name: array(each) for name, each in value.items()}


def flat(value):
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]


def check(name, x, expected):
    global wrong
    try:
        model = keras.models.load_model(f"{saved}/{name}.keras")
        actual, wanted = flat(model.predict(x, verbose=0)), flat(expected)
        assert len(actual) == len(wanted), f"{len(actual)} outputs, expected {len(wanted)}"
        gap = max(
            float(np.nanmax(np.abs(np.asarray(a) - b) / np.maximum(1, np.abs(b)), initial=0)) for a, b in zip(actual, wanted)
        )
        limit = 1e-2 if name == "mixed_float16" else 1e-5
        result, words = ("right" if gap <= limit else "WRONG"), f"{gap:.1e}"
    except Exception as error:  # every failure is a row of the table
        result, words = "FAILED", f"{type(error).__name__}: {error}"[:200]
    wrong += result != "right"
    print(f"{result:8} {name:24} {words}", flush=True)


def first(value):
    if isinstance(value, dict):
        return {name: each[:4] for name, each in value.items()}
    return [each[:4] for each in value] if isinstance(value, list) else value[:4]


with open(f"{golden}/files2/index.json") as file:
    models = json.load(file)["models"]
for model in models:
    if model.get("outputs") is not None and os.path.exists(f"{saved}/{model['name']}.keras"):
        check(model["name"], arrays(model["inputs"]), arrays(model["outputs"]))
for name in sorted(each[:-6] for each in os.listdir(saved) if each.endswith(".keras")):
    path = f"{golden}/{name}.json"
    if os.path.exists(path):
        with open(path) as file:
            run = json.load(file)
        if run.get("predictions") is not None and (run.get("data") or {}).get("x") is not None:
            check(name, first(arrays(run["data"]["x"])), arrays(run["predictions"]))
print(f"{wrong} not right")
