"""Files in the forms that Keras 2 and tf.keras wrote, with what real Keras 3 predicts with the same weights.

`python bench/files/keras2.py <folder>` writes test/golden/files/keras2_*.h5 and keras2.json. No Keras 2 is at hand, so the layout is
written with h5py: configs, names of weights and attributes as in published files of Keras 2.1 and 2.2 and of tf.keras 2.11 and 2.15.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"
import h5py
import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
random = np.random.default_rng(5)
found = {}

ZEROS = {"class_name": "Zeros", "config": {}}
ONES = {"class_name": "Ones", "config": {}}
GLOROT = {"class_name": "GlorotUniform", "config": {"seed": None}}
# Before 2.3 the initializers by name were all VarianceScaling.
SCALING = {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}
NONE_OF_KERNEL = {"kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None}


def conv(name, filters, size, glorot=GLOROT, **more):
    own = {"filters": filters, "kernel_size": [size, size], "strides": [1, 1], "padding": "valid", "data_format": "channels_last"}
    own |= {"dilation_rate": [1, 1], "activation": "linear", "use_bias": True, "kernel_initializer": glorot, "bias_initializer": ZEROS}
    return {"name": name, "trainable": True} | own | NONE_OF_KERNEL | more


def dense(name, units, glorot=GLOROT, **more):
    own = {"units": units, "activation": "linear", "use_bias": True, "kernel_initializer": glorot, "bias_initializer": ZEROS}
    return {"name": name, "trainable": True} | own | NONE_OF_KERNEL | more


def norm(name, axis, **more):
    own = {"axis": axis, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": ZEROS}
    own |= {"gamma_initializer": ONES, "moving_mean_initializer": ZEROS, "moving_variance_initializer": ONES}
    none = ["beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"]
    return {"name": name, "trainable": True} | own | dict.fromkeys(none) | more


def recurrent(name, units, glorot=GLOROT, **more):
    own = {"return_sequences": False, "return_state": False, "go_backwards": False, "stateful": False, "unroll": False}
    own |= {"units": units, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True}
    own |= {"kernel_initializer": glorot, "bias_initializer": ZEROS}
    own |= {"recurrent_initializer": {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}}
    own |= {"recurrent_regularizer": None, "recurrent_constraint": None, "dropout": 0.0, "recurrent_dropout": 0.0, "implementation": 1}
    return {"name": name, "trainable": True} | own | NONE_OF_KERNEL | more


def chain(*pairs):
    return [{"class_name": name, "config": config} for name, config in pairs]


def shake(model):
    """Weights that no layer begins with."""
    for weight in model.weights:
        value = random.normal(0, 0.4, weight.shape)
        weight.assign(np.abs(value) + 0.5 if weight.name == "moving_variance" else value)


def set_list(group, name, texts, parts=1):
    """A list of bytes as an attribute; where it is too large for one, in several."""
    values = [text.encode() for text in texts]
    if parts == 1:
        group.attrs[name] = values
    else:
        for i, part in enumerate(np.array_split(np.array(values), parts)):
            group.attrs[f"{name}{i}"] = part


def write_weights(root, model, names, version, parts=1):
    """A group for each layer; `names` are those of its weights, the trainable ones first."""
    set_list(root, "layer_names", list(names), parts)
    root.attrs["backend"] = b"tensorflow"
    root.attrs["keras_version"] = version.encode()
    for layer, paths in names.items():
        group = root.create_group(layer)
        set_list(group, "weight_names", paths, parts if len(paths) > 1 else 1)
        own = model.get_layer(layer) if paths else None
        weights = [*own.trainable_weights, *own.non_trainable_weights] if own else []
        assert len(weights) == len(paths), (layer, [weight.path for weight in weights])
        for path, weight in zip(paths, weights):
            group.create_dataset(path, data=keras.ops.convert_to_numpy(weight.value))


def write(name, model, version, config, names, x, training=None, state=None, as_bytes=True, parts=1, whole=True):
    with h5py.File(f"{folder}/keras2_{name}.h5", "w") as file:
        if whole:
            encode = (lambda text: text.encode()) if as_bytes else str
            file.attrs["backend"] = encode("tensorflow")
            file.attrs["keras_version"] = encode(version)
            file.attrs["model_config"] = encode(json.dumps(config))
            if training is not None:
                file.attrs["training_config"] = encode(json.dumps(training))
        write_weights(file.create_group("model_weights") if whole else file, model, names, version, parts)
        if state is not None:
            group = file.create_group("optimizer_weights")
            set_list(group, "weight_names", list(state))
            for path, value in state.items():
                group.create_dataset(path, data=value)
    plain = lambda each: {"shape": list(each.shape), "data": [float(f"{value:.9g}") for value in each.ravel()]}
    y = model(x, training=False)
    y = y if isinstance(y, (list, tuple)) else [y]
    outputs = [plain(keras.ops.convert_to_numpy(each)) for each in y]
    inputs = [plain(each) for each in (x if isinstance(x, list) else [x])]
    found[name] = {"inputs": inputs, "outputs": outputs}


def usual(name, *of):
    return [f"{name}/{each}:0" for each in of]


NORMAL = ("gamma", "beta", "moving_mean", "moving_variance")

# Keras 2.1: a Sequential is a bare list of layers.
model = keras.Sequential(
    [
        keras.Input((6, 6, 1)),
        layers.Conv2D(3, 3, activation="relu", name="conv2d_1"),
        layers.BatchNormalization(name="batch_normalization_1"),
        layers.LeakyReLU(negative_slope=0.2, name="leaky_re_lu_1"),
        layers.MaxPooling2D(name="max_pooling2d_1"),
        layers.Dropout(0.25, name="dropout_1"),
        layers.Flatten(name="flatten_1"),
        layers.Dense(4, activation="softmax", name="dense_1"),
    ]
)
shake(model)
config = chain(
    ("Conv2D", conv("conv2d_1", 3, 3, SCALING, activation="relu", batch_input_shape=[None, 6, 6, 1], dtype="float32")),
    ("BatchNormalization", norm("batch_normalization_1", -1)),
    ("LeakyReLU", {"name": "leaky_re_lu_1", "trainable": True, "alpha": 0.20000000298023224}),
    ("MaxPooling2D", {"name": "max_pooling2d_1", "trainable": True, "pool_size": [2, 2], "padding": "valid", "strides": [2, 2], "data_format": "channels_last"}),
    ("Dropout", {"name": "dropout_1", "trainable": True, "rate": 0.25, "noise_shape": None, "seed": None}),
    ("Flatten", {"name": "flatten_1", "trainable": True}),
    ("Dense", dense("dense_1", 4, SCALING, activation="softmax")),
)
names = {
    "conv2d_1": usual("conv2d_1", "kernel", "bias"),
    "batch_normalization_1": usual("batch_normalization_1", *NORMAL),
    "leaky_re_lu_1": [],
    "max_pooling2d_1": [],
    "dropout_1": [],
    "flatten_1": [],
    "dense_1": usual("dense_1", "kernel", "bias"),
}
adam = {"lr": 0.0010000000474974513, "beta_1": 0.8999999761581421, "beta_2": 0.9990000128746033, "decay": 0.0, "epsilon": 1e-07, "amsgrad": False}
training = {
    "optimizer_config": {"class_name": "Adam", "config": adam},
    "loss": "categorical_crossentropy",
    "metrics": ["accuracy"],
    "sample_weight_mode": None,
    "loss_weights": None,
}
slots = [weight.shape for weight in model.trainable_weights]
state = {"Adam/iterations:0": np.int64(7)} | {
    f"training/Adam/Variable{'' if i == 0 else f'_{i}'}:0": random.normal(size=shape).astype("float32")
    for i, shape in enumerate([*slots, *slots])
}
x = random.normal(size=(3, 6, 6, 1)).astype("float32")
write("chain", model, "2.1.6", {"class_name": "Sequential", "config": config}, names, x, training, state)
write("weights", model, "2.1.6", None, names, x, whole=False)

# Keras 2.2: wrappers, recurrent layers, a GRU from before reset_after.
embedded = layers.Input((5,), name="input_1")
y = layers.Embedding(7, 4, name="embedding_1")(embedded)
y = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm_1"), name="bidirectional_1")(y)
y = layers.TimeDistributed(layers.Dense(4, activation="relu", name="dense_1"), name="time_distributed_1")(y)
y = layers.SimpleRNN(3, return_sequences=True, name="simple_rnn_1")(y)
y = layers.GRU(3, reset_after=False, name="gru_1")(y)
model = keras.Model(embedded, layers.Dense(2, name="dense_2")(y), name="model_1")
shake(model)


def called(name, class_name, config, *nodes):
    inbound = [[[node, 0, 0, {}] for node in call] for call in nodes]
    return {"name": name, "class_name": class_name, "config": config, "inbound_nodes": inbound}


uniform = {"class_name": "RandomUniform", "config": {"minval": -0.05, "maxval": 0.05, "seed": None}}
table = {"input_dim": 7, "output_dim": 4, "embeddings_initializer": uniform, "embeddings_regularizer": None, "activity_regularizer": None}
table |= {"embeddings_constraint": None, "mask_zero": False, "input_length": 5, "batch_input_shape": [None, 5], "dtype": "float32"}
lstm = recurrent("lstm_1", 3, SCALING, return_sequences=True, unit_forget_bias=True)
simple = recurrent("simple_rnn_1", 3, SCALING, return_sequences=True)
del simple["recurrent_activation"], simple["implementation"]
config = {
    "name": "model_1",
    "layers": [
        called("input_1", "InputLayer", {"batch_input_shape": [None, 5], "dtype": "float32", "sparse": False, "name": "input_1"}),
        called("embedding_1", "Embedding", {"name": "embedding_1", "trainable": True} | table, ["input_1"]),
        called("bidirectional_1", "Bidirectional", {"name": "bidirectional_1", "trainable": True, "layer": {"class_name": "LSTM", "config": lstm}, "merge_mode": "concat"}, ["embedding_1"]),
        called("time_distributed_1", "TimeDistributed", {"name": "time_distributed_1", "trainable": True, "layer": {"class_name": "Dense", "config": dense("dense_1", 4, SCALING, activation="relu")}}, ["bidirectional_1"]),
        called("simple_rnn_1", "SimpleRNN", simple, ["time_distributed_1"]),
        called("gru_1", "GRU", recurrent("gru_1", 3, SCALING), ["simple_rnn_1"]),
        called("dense_2", "Dense", dense("dense_2", 2, SCALING), ["gru_1"]),
    ],
    "input_layers": [["input_1", 0, 0]],
    "output_layers": [["dense_2", 0, 0]],
}
CELL = ("kernel", "recurrent_kernel", "bias")
names = {
    "input_1": [],
    "embedding_1": usual("embedding_1", "embeddings"),
    "bidirectional_1": usual("bidirectional_1/forward_lstm_1", *CELL) + usual("bidirectional_1/backward_lstm_1", *CELL),
    "time_distributed_1": usual("time_distributed_1", "kernel", "bias"),
    "simple_rnn_1": usual("simple_rnn_1", *CELL),
    "gru_1": usual("gru_1", *CELL),
    "dense_2": usual("dense_2", "kernel", "bias"),
}
training = {
    "optimizer_config": {"class_name": "RMSprop", "config": {"lr": 0.001, "rho": 0.9, "decay": 0.0, "epsilon": 1e-07}},
    "loss": "mean_squared_error",
    "metrics": ["mae"],
    "sample_weight_mode": None,
    "loss_weights": None,
}
write("recurrent", model, "2.2.4", {"class_name": "Model", "config": config}, names, random.integers(0, 7, (3, 5)).astype("float32"), training)

# tf.keras 2.11: a model in the model that is called twice, two inputs and outputs, metrics and losses in wrappers, lists in parts.
encoder = keras.Sequential(
    [keras.Input((5, 5, 2)), layers.Conv2D(2, 3, name="scan"), layers.BatchNormalization(name="level"), layers.Flatten(name="flat")],
    name="encoder",
)
left, right = keras.Input((5, 5, 2), name="left"), keras.Input((5, 5, 2), name="right")
shared = layers.Dense(4, activation="tanh", name="shared")
a, b = shared(encoder(left)), shared(encoder(right))
joined = layers.Concatenate(name="joined")([layers.Subtract(name="minus")([a, b]), a])
outputs = [layers.Dense(3, activation="softmax", name="label")(joined), layers.Dense(1, name="value")(joined)]
model = keras.Model([left, right], outputs, name="twins")
shake(model)
F32 = {"dtype": "float32"}
input_of = lambda name: {"batch_input_shape": [None, 5, 5, 2], "dtype": "float32", "sparse": False, "ragged": False, "name": name}
inner = chain(
    ("InputLayer", input_of("input_3")),
    ("Conv2D", conv("scan", 2, 3, groups=1, **F32)),
    ("BatchNormalization", norm("level", [3], **F32)),
    ("Flatten", {"name": "flat", "trainable": True, "dtype": "float32", "data_format": "channels_last"}),
)
place = lambda name, call=0, tensor=0: [name, call, tensor, {}]
layer = lambda name, class_name, config, *calls: {"class_name": class_name, "config": config, "name": name, "inbound_nodes": list(calls)}
merge = lambda name, **more: {"name": name, "trainable": True, "dtype": "float32"} | more
config = {
    "name": "twins",
    "trainable": True,
    "layers": [
        layer("left", "InputLayer", input_of("left")),
        layer("right", "InputLayer", input_of("right")),
        layer("encoder", "Sequential", {"name": "encoder", "layers": inner}, [place("left")], [place("right")]),
        layer("shared", "Dense", dense("shared", 4, activation="tanh", **F32), [place("encoder", 1)], [place("encoder", 2)]),
        layer("minus", "Subtract", merge("minus"), [place("shared"), place("shared", 1)]),
        layer("joined", "Concatenate", merge("joined", axis=-1), [place("minus"), place("shared")]),
        layer("label", "Dense", dense("label", 3, activation="softmax", **F32), [place("joined")]),
        layer("value", "Dense", dense("value", 1, **F32), [place("joined")]),
    ],
    "input_layers": [["left", 0, 0], ["right", 0, 0]],
    "output_layers": [["label", 0, 0], ["value", 0, 0]],
}
names = {
    "left": [],
    "right": [],
    "encoder": usual("scan", "kernel", "bias") + usual("level", *NORMAL),
    "shared": usual("shared", "kernel", "bias"),
    "minus": [],
    "joined": [],
    "label": usual("label", "kernel", "bias"),
    "value": usual("value", "kernel", "bias"),
}
wrapped = lambda name, fn: {"class_name": "MeanMetricWrapper", "config": {"name": name, "dtype": "float32", "fn": fn}}
falling = {"initial_learning_rate": 0.01, "decay_steps": 5, "decay_rate": 0.5, "staircase": False, "name": None}
adam = {"name": "Adam", "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None, "use_ema": False}
adam |= {"ema_momentum": 0.99, "ema_overwrite_frequency": None, "jit_compile": False, "is_legacy_optimizer": False}
adam |= {"learning_rate": {"class_name": "ExponentialDecay", "config": falling}, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": False}
loss = {"class_name": "SparseCategoricalCrossentropy", "config": {"reduction": "auto", "name": "sparse_categorical_crossentropy", "from_logits": False, "ignore_class": None}}
training = {
    "loss": {"label": loss, "value": {"class_name": "LossFunctionWrapper", "config": {"fn": "mean_squared_error", "reduction": "auto", "name": "mse"}}},
    "metrics": {"label": [wrapped("accuracy", "sparse_categorical_accuracy")], "value": [wrapped("mae", "mean_absolute_error")]},
    "weighted_metrics": None,
    "loss_weights": {"label": 1.0, "value": 0.5},
    "optimizer_config": {"class_name": "Custom>Adam", "config": adam},
}
pair = [random.normal(size=(3, 5, 5, 2)).astype("float32") for _ in range(2)]
write("twins", model, "2.11.0", {"class_name": "Functional", "config": config}, names, pair, training, as_bytes=False, parts=2)

# tf.keras 2.15: layers with modules and build configs, as its Functional models have them in .h5 files.
model = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling"),
        layers.ZeroPadding2D(((0, 1), (0, 1)), name="Conv1_pad"),
        layers.Conv2D(4, 3, strides=2, use_bias=False, name="Conv1"),
        layers.BatchNormalization(momentum=0.999, name="bn_Conv1"),
        layers.ReLU(6.0, name="Conv1_relu"),
        layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise"),
        layers.SeparableConv2D(3, 2, name="separable"),
        layers.Conv2DTranspose(2, 3, strides=2, padding="same", name="up"),
        layers.GlobalAveragePooling2D(name="mean"),
        layers.Dense(2, activation="softmax", name="top"),
    ]
)
shake(model)
old = {"depthwise_initializer": GLOROT, "depthwise_regularizer": None, "depthwise_constraint": None, "depth_multiplier": 1}
depthwise = conv("depthwise", None, 3, padding="same", use_bias=False, groups=1, **F32) | old
depthwise = {key: value for key, value in depthwise.items() if key not in ("filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint")}
separable = conv("separable", 3, 2, groups=1, **F32) | old
separable |= {"pointwise_initializer": GLOROT, "pointwise_regularizer": None, "pointwise_constraint": None}
body = chain(
    ("InputLayer", {"batch_input_shape": [None, 8, 8, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "input_1"}),
    ("Rescaling", merge("rescaling", scale=1 / 127.5, offset=-1.0)),
    ("ZeroPadding2D", merge("Conv1_pad", padding=[[0, 1], [0, 1]], data_format="channels_last")),
    ("Conv2D", conv("Conv1", 4, 3, strides=[2, 2], use_bias=False, groups=1, **F32)),
    ("BatchNormalization", norm("bn_Conv1", [3], momentum=0.999, **F32)),
    ("ReLU", merge("Conv1_relu", max_value=6.0, negative_slope=0.0, threshold=0.0)),
    ("DepthwiseConv2D", depthwise),
    ("SeparableConv2D", separable),
    ("Conv2DTranspose", conv("up", 2, 3, strides=[2, 2], padding="same", groups=1, output_padding=None, **F32)),
    ("GlobalAveragePooling2D", merge("mean", data_format="channels_last", keepdims=False)),
    ("Dense", dense("top", 2, activation="softmax", **F32)),
)
for each in body:
    each |= {"module": "keras.layers", "registered_name": None}
    if each["class_name"] != "InputLayer":
        each["build_config"] = {"input_shape": [None, 8, 8, 3]}
    for key, value in each["config"].items():
        if isinstance(value, dict):
            each["config"][key] = {"module": "keras.initializers", "registered_name": None} | value
names = {each["config"]["name"]: [] for each in body[1:]}
names |= {"Conv1": usual("Conv1", "kernel"), "bn_Conv1": usual("bn_Conv1", *NORMAL), "depthwise": usual("depthwise", "depthwise_kernel")}
names |= {"separable": usual("separable", "depthwise_kernel", "pointwise_kernel", "bias")}
names |= {"up": usual("up", "kernel", "bias"), "top": usual("top", "kernel", "bias")}
sgd = {"name": "SGD", "learning_rate": 0.01, "decay": 0.0, "momentum": 0.9, "nesterov": False, "is_legacy_optimizer": True}
training = {
    "loss": "categorical_crossentropy",
    "metrics": [[wrapped("accuracy", "categorical_accuracy")]],
    "weighted_metrics": None,
    "loss_weights": None,
    "optimizer_config": {"module": "keras.optimizers.legacy", "class_name": "SGD", "config": sgd, "registered_name": None},
}
image = random.uniform(0, 255, (3, 8, 8, 3)).astype("float32")
write("mobile", model, "2.15.0", {"class_name": "Sequential", "config": {"name": "sequential", "trainable": True, "layers": body}}, names, image, training, as_bytes=False)

with open(f"{folder}/keras2.json", "w") as file:
    json.dump(found, file)
    file.write("\n")
