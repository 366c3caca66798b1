"""Writes test/golden/mixed-precision.json: a training of Keras under mixed_float16, with its own loss scaling. Needs torch and keras."""

import base64
import json
import os
import sys

os.environ["KERAS_BACKEND"] = sys.argv[1] if len(sys.argv) > 1 else "torch"
import keras  # noqa: E402
import numpy as np  # noqa: E402

STEPS, ROWS = 6, 8


def floats(values):
    flat = np.concatenate([np.asarray(each, "float32").ravel() for each in values])
    return base64.b64encode(flat.astype("<f4").tobytes()).decode()


keras.utils.set_random_seed(7)
keras.config.set_dtype_policy("mixed_float16")
layers = keras.layers
image = keras.Input((8, 8, 3), name="image")
x = layers.Conv2D(8, 3, padding="same", use_bias=False, name="first")(image)
x = layers.BatchNormalization(name="normal")(x)
x = layers.Activation("relu", name="bend")(x)
x = layers.MaxPooling2D(name="pool")(x)
x = layers.DepthwiseConv2D(3, activation="relu", name="deep")(x)
x = layers.Flatten(name="flat")(x)
x = layers.Dense(12, activation="tanh", name="dense")(x)
model = keras.Model(image, layers.Dense(3, activation="softmax", dtype="float32", name="out")(x), name="mixed")
draw = np.random.default_rng(11)
for variable in model.weights:
    if variable.name in ("kernel", "bias"):
        variable.assign(draw.normal(0, 0.3, variable.shape))
images = draw.normal(0, 1, (STEPS * ROWS, 8, 8, 3)).astype("float32").round(4)
labels = draw.integers(0, 3, STEPS * ROWS).astype("int32")
initial = floats(model.get_weights())
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="sparse_categorical_crossentropy")
losses = [
    float(model.train_on_batch(images[i : i + ROWS], labels[i : i + ROWS])) for i in range(0, STEPS * ROWS, ROWS)
]
golden = {
    "model": json.loads(model.to_json()),
    "weights": [{"path": each.path, "shape": list(each.shape)} for each in model.weights],
    "optimizer": type(model.optimizer).__name__,
    "scale": float(np.asarray(keras.ops.convert_to_numpy(model.optimizer.dynamic_scale))),
    "rows": ROWS,
    "images": {"shape": list(images.shape), "data": floats([images])},
    "labels": labels.tolist(),
    "initial": initial,
    # Each is the mean of the losses so far, as Keras logs it.
    "losses": losses,
    "final": floats(model.get_weights()),
    "predictions": np.asarray(model.predict(images[:ROWS], verbose=0), "float32").ravel().tolist(),
}
text = json.dumps(golden, separators=(",", ":"))
if os.environ["KERAS_BACKEND"] == "torch":
    with open(os.path.join(os.path.dirname(__file__), "../../test/golden/mixed-precision.json"), "w") as file:
        file.write(text + "\n")
print(os.environ["KERAS_BACKEND"], golden["optimizer"], golden["scale"], [round(each, 5) for each in losses], golden["predictions"][:6])
