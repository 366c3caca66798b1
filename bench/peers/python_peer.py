"""Keras on TensorFlow or on PyTorch, and PyTorch with a loop written by hand. The protocol is that of serve.mjs."""
import json
import os
import resource
import sys
import time

kind = os.environ["BENCH_PEER"]
threads = int(os.environ.get("BENCH_THREADS", "2"))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["OMP_NUM_THREADS"] = str(threads)
if kind.startswith("keras-"):
    os.environ["KERAS_BACKEND"] = {"keras-tensorflow": "tensorflow", "keras-torch": "torch"}[kind]

import numpy as np

folder = os.environ["BENCH_DATA"]
pixels = np.fromfile(f"{folder}/pixels", np.uint8).reshape(-1, 28, 28, 1).astype(np.float32) / 255
labels = np.fromfile(f"{folder}/labels", np.uint8).astype(np.int64)
one_hot = np.eye(10, dtype=np.float32)[labels]
count = len(labels)


def keras_peer():
    if kind == "keras-tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    else:
        import torch

        torch.set_num_threads(threads)
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

    def fit(batch, n):
        model.fit(pixels[:n], one_hot[:n], batch_size=batch, epochs=1, verbose=0)

    def predict(batch, n):
        model.predict(pixels[:n], batch_size=batch, verbose=0)

    return fit, predict


def torch_peer():
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    model = nn.Sequential(
        nn.Conv2d(1, 64, 3), nn.ReLU(), nn.Conv2d(64, 32, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18432, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())
    y = torch.from_numpy(labels)

    def fit(batch, n):
        order = torch.randperm(n)
        for begin in range(0, n, batch):
            rows = order[begin : begin + batch]
            optimizer.zero_grad()
            output = model(x[rows])
            loss = nn.functional.cross_entropy(output, y[rows])
            loss.backward()
            optimizer.step()
            (output.argmax(1) == y[rows]).sum().item()

    def predict(batch, n):
        with torch.no_grad():
            for begin in range(0, n, batch):
                torch.softmax(model(x[begin : begin + batch]), 1)

    return fit, predict


def timed(run, batch, seconds):
    run(batch, min(count, 4 * batch))
    start = time.perf_counter()
    images = 0
    while True:
        run(batch, count)
        images += count
        taken = time.perf_counter() - start
        if taken >= seconds:
            return {"images": images, "seconds": taken}


def say(message):
    print(json.dumps(message), flush=True)


fit, predict = torch_peer() if kind == "torch" else keras_peer()
if sys.argv[1:] == ["first"]:
    fit(32, 32)
    say({"first": True})
    sys.exit(0)
say({"ready": True})
for line in sys.stdin:
    asked = json.loads(line)
    if asked["task"] == "train":
        say(timed(fit, asked["batch"], asked["seconds"]))
    elif asked["task"] == "predict":
        say(timed(predict, asked["batch"], asked["seconds"]))
    else:
        say({"peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})
