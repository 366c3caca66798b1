"""Writes attention-masks.json: what Keras's attention layers give where queries, values or both are masked by an Embedding."""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

WIDTH, WORDS = 3, 6
draw = np.random.default_rng(5)
table = draw.normal(size=(WORDS, WIDTH)).astype("float32")
query = np.array([[1, 2, 0, 3], [4, 0, 0, 0], [5, 1, 2, 3]], "float32")
value = np.array([[2, 3, 0], [1, 0, 0], [3, 4, 5]], "float32")


def flat(array):
    return [float(each) for each in np.asarray(array).ravel()]


cases = []
for kind in ["Attention", "AdditiveAttention"]:
    for masked in [[True, False], [False, True], [True, True]]:
        inputs = [keras.Input((length,)) for length in (query.shape[1], value.shape[1])]
        words = [keras.layers.Embedding(WORDS, WIDTH, mask_zero=zero)(each) for zero, each in zip(masked, inputs)]
        model = keras.Model(inputs, getattr(keras.layers, kind)(use_scale=False)(words))
        for layer in model.layers:
            if isinstance(layer, keras.layers.Embedding):
                layer.set_weights([table])
        output = model.predict([query, value], verbose=0)
        cases.append({"layer": kind, "masked": masked, "output": flat(output), "shape": list(output.shape)})
tables = {"table": flat(table), "query": query.tolist(), "value": value.tolist(), "width": WIDTH}
path = Path(__file__).parents[2] / "test/golden/attention-masks.json"
path.write_text(json.dumps({"keras": keras.__version__, **tables, "cases": cases}) + "\n")
