"""Checks what save_onnx.mjs wrote: by onnx.checker, and against fovea's predictions in ONNX Runtime.

python bench/files/check_onnx.py <folder>
"""

import collections
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime

folder = sys.argv[1]
worst, wrong = 0.0, 0


def array(value):
    return np.array(value["data"], dtype=value["dtype"]).reshape(value["shape"])


for file in sorted(each for each in os.listdir(folder) if each.endswith(".onnx")):
    path = f"{folder}/{file}"
    with open(path[:-5] + ".json") as text:
        data = json.load(text)
    try:
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]
        made = session.run(None, dict(zip(names, map(array, data["x"]))))
        expected = [array(each) for each in data["y"]]
        assert [each.shape for each in made] == [each.shape for each in expected], "shapes differ"
        gap = max(float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))) for a, b in zip(made, expected))
    except Exception as error:  # every failure is a row of the table
        print(file, "FAILED", f"{type(error).__name__}: {error}"[:400])
        wrong += 1
        continue
    worst, wrong = max(worst, gap), wrong + (not gap <= 1e-5)
    counts = collections.Counter(node.op_type for node in onnx.load(path).graph.node)
    print(file, "right" if gap <= 1e-5 else "WRONG", f"{gap:.1e}", dict(counts))
print(f"{wrong} wrong, largest difference {worst:.1e}")
