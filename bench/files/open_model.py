"""Keras's side of bench/open-model.mjs: makes the files, and opens one in this process.

open_model.py make mobilenet FILE | make dense FILE MEBIBYTES | open FILE [predict] | nothing
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

begin = time.perf_counter()
import keras  # noqa: E402
import numpy as np  # noqa: E402

imported = time.perf_counter()


def make(kind, path, mebibytes=0):
    if kind == "mobilenet":
        keras.applications.MobileNetV2(weights=None).save(path)
        return
    # Layers of 16 MiB each: 2048 x 2048 float32.
    layers = [keras.layers.Dense(2048, use_bias=False) for _ in range(int(mebibytes) // 16)]
    keras.Sequential([keras.Input((2048,)), *layers]).save(path)


def open_(path, predicts):
    start = time.perf_counter()
    model = keras.models.load_model(path)
    loaded = time.perf_counter()
    if predicts:
        shape = (1, *model.input_shape[1:])
        model.predict(np.full(shape, 0.5, "float32"), verbose=0)
    predicted = time.perf_counter()
    return {"load": 1e3 * (loaded - start), "predict": 1e3 * (predicted - loaded)}


command, *arguments = sys.argv[1:]
if command == "make":
    make(*arguments)
else:
    times = open_(arguments[0], arguments[1:] == ["predict"]) if command == "open" else {}
    # Linux counts in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"import": 1e3 * (imported - begin), **times, "peak": peak}))
