"""Makes test/golden/dataset-utils.json: what Keras's normalize, split_dataset and timeseries_dataset_from_array give. `python dataset_utils.py`."""
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

GOLDEN = Path(__file__).resolve().parent.parent.parent / "test" / "golden"


def normalized():
    x = np.round(np.random.default_rng(3).standard_normal((2, 3, 4)), 3).astype("float32")
    x[1, 0] = 0
    rows = []
    for axis, order in [(-1, 2), (0, 2), (1, 1), (2, np.inf), (-2, 3)]:
        # Keras's tensors take no infinite order, and its arrays take no axis 0.
        given = x if order == np.inf else keras.ops.convert_to_tensor(x)
        y = np.asarray(keras.utils.normalize(given, axis=axis, order=order))
        rows.append({"axis": axis, "order": "Infinity" if order == np.inf else order, "y": y.tolist()})
    return {"x": x.tolist(), "rows": rows}


def splits():
    rows = []
    for length, options in [
        (10, {"left_size": 0.8}),
        (10, {"left_size": 3, "right_size": 2}),
        (5, {"left_size": 0.5}),
        (7, {"right_size": 0.5}),
        (10, {"left_size": 0.25, "right_size": 0.25}),
        (20, {"right_size": 6, "shuffle": True, "seed": 1}),
        (300, {"left_size": 0.9, "shuffle": True, "seed": 123456789}),
        (33, {"left_size": 0.5, "shuffle": True, "seed": 2**40 + 5}),
    ]:
        left, right = keras.utils.split_dataset(np.arange(length, dtype="int32"), **options)
        rows.append({"length": length, "options": options, "left": [int(i) for i in left], "right": [int(i) for i in right]})
    return rows


def windows():
    rows = []
    for length, targets, options in [
        (99, None, {"sequence_length": 10, "sampling_rate": 2, "sequence_stride": 3}),
        (30, 20, {"sequence_length": 4, "batch_size": 5}),
        (30, 30, {"sequence_length": 5, "start_index": 3, "end_index": 21, "batch_size": 4, "sequence_stride": 2}),
        (12, 12, {"sequence_length": 3, "batch_size": None}),
    ]:
        data = np.arange(length, dtype="float32")
        aims = None if targets is None else 100 + np.arange(targets, dtype="float32")
        found = keras.utils.timeseries_dataset_from_array(data, aims, **options)
        listed = [[np.asarray(part).tolist() for part in (each if isinstance(each, tuple) else (each,))] for each in found]
        rows.append({"length": length, "targets": targets, "options": options, "elements": listed})
    return rows


content = {"keras": keras.__version__, "normalize": normalized(), "splits": splits(), "windows": windows()}
(GOLDEN / "dataset-utils.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
