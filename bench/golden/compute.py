"""
Keras's numbers for cases: `python compute.py < cases.json > results.json`, with KERAS_BACKEND torch or tensorflow. Cases and results are lists by kind. A process has
one backend, so that make.py starts this file once for each.
"""
import contextlib
import json
import os
import re
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN's fused kernels round otherwise than plain float32.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
from keras.src.applications import convnext

from arrays import decode, encode, encode_result, number, seeded

BACKEND = keras.backend.backend()


def unnumbered(name):
    """Keras numbers the layers and optimizers of a process; another case before this one must not change its name."""
    return re.sub(r"_\d+(?=/|$)", "", name, count=1)


def numbers(value):
    return np.asarray(keras.ops.convert_to_numpy(value))


def gradients(function, inputs, weights=()):
    """The outputs of `function(tensors)`, which gives a total and outputs, and the total's gradients by the inputs and the weights. None: of whole numbers."""
    floating = [np.asarray(x).dtype.kind == "f" for x in inputs]
    if BACKEND == "torch":
        import torch

        tensors = [torch.tensor(x, requires_grad=real) for x, real in zip(inputs, floating)]
        total, outputs = function(tensors)
        wrt = [x for x, real in zip(tensors, floating) if real] + [w.value for w in weights]
        found = list(torch.autograd.grad(total, wrt, allow_unused=True)) if total.requires_grad else [None] * len(wrt)
    else:
        import tensorflow as tf

        tensors = [tf.constant(x) for x in inputs]
        wrt = [x for x, real in zip(tensors, floating) if real] + [w.value for w in weights]
        with tf.GradientTape() as tape:
            tape.watch(wrt)
            total, outputs = function(tensors)
        found = tape.gradient(total, wrt)
        found = [None if each is None else tf.convert_to_tensor(each) for each in found]
    shapes = [tuple(x.shape) for x in wrt]
    dense = iter([np.zeros(shape, np.float32) if each is None else numbers(each) for each, shape in zip(found, shapes)])
    return outputs, [next(dense) if real else None for real in floating], [next(dense) for _ in weights]


def drawn_weight(rng, name, shape):
    """Unlike anything an initializer gives, so that no weight can be left out unseen."""
    value = rng.uniform(0.5, 1.5, shape) if "variance" in name else 0.6 * rng.standard_normal(shape)
    return np.round(value, 4).astype(np.float32)


def drawn_cotangent(rng, shape):
    return np.round(rng.standard_normal(shape), 4).astype(np.float32)


def layer_class(name):
    """Layers of Keras's applications are not among keras.layers."""
    return getattr(keras.layers, name, None) or getattr(convnext, name)


def layer(case):
    rng = seeded("weights", case["key"])
    training = case.get("training", False)
    made = layer_class(case["layer"])(**case["config"])
    inputs = [decode(each) for each in case["inputs"]]
    one = lambda values: values[0] if len(values) == 1 else list(values)
    made.build(one([(None, *each.shape[1:]) for each in inputs]))
    if "weights" in case:
        start = [decode(each["value"]) for each in case["weights"]]
    else:
        start = [drawn_weight(rng, each.name, tuple(each.shape)) for each in made.weights]
    made.set_weights(start)
    if "cotangent" in case:
        cotangent = decode(case["cotangent"])
    else:
        cotangent = drawn_cotangent(rng, tuple(made(one(inputs), training=False).shape))

    def run(tensors):
        output = made(one(tensors), training=training)
        total = keras.ops.sum(output * keras.ops.convert_to_tensor(cotangent))
        for loss in made.losses:
            total = total + loss
        return total, (output, list(made.losses))

    trainable = made.trainable_weights
    (output, losses), by_inputs, by_weights = gradients(run, inputs, trainable)
    by_name = {weight.path: gradient for weight, gradient in zip(trainable, by_weights)}
    shape = None
    # Some layers of applications do not state their output's shape.
    if len(inputs) == 1 and type(made).compute_output_shape is not keras.layers.Layer.compute_output_shape:
        shape = list(made.compute_output_shape((None, *inputs[0].shape[1:])))
    # Preprocessing layers need no gradients.
    needed = case["layer"] != "Resizing"
    config = json.loads(json.dumps(made.get_config(), default=list))
    config["name"] = unnumbered(config["name"])
    return {
        "weights": [
            {"name": weight.name, "trainable": weight.trainable, "value": encode(value)}
            for weight, value in zip(made.weights, start)
        ],
        "outputShape": shape,
        "kerasConfig": config,
        "output": encode(numbers(output)),
        "cotangent": encode(cotangent),
        **({"losses": [number(numbers(loss)) for loss in losses]} if losses else {}),
        "inputGrads": [None if each is None else encode(each) for each in by_inputs] if needed else None,
        "weightGrads": [encode(by_name[weight.path]) if weight.trainable else None for weight in made.weights],
        "weightsAfter": [encode(numbers(weight.value)) for weight in made.weights] if training else None,
    }


def window_op(case):
    made = layer(case)
    return {key: made[key] for key in ("output", "cotangent", "inputGrads", "weightGrads")} | {
        "weights": [each["value"] for each in made["weights"]]
    }


def preprocessing(case):
    made = getattr(keras.layers, case["layer"])(**case["config"])
    given = decode(case["input"])
    if case["adapt"] is not None:
        learned = decode(case["adapt"])
        made.adapt(learned.tolist() if case["adapt"].get("dtype") == "string" else learned)
    output = made(given.tolist() if case["input"].get("dtype") == "string" else given)
    config = json.loads(json.dumps(made.get_config(), default=list))
    config["name"] = unnumbered(config["name"])
    found = {"output": encode(output if isinstance(output, list) else numbers(output)), "kerasConfig": config}
    if hasattr(made, "get_vocabulary"):
        found["vocabulary"] = [each.item() if hasattr(each, "item") else each for each in made.get_vocabulary()]
    if case["layer"] == "Discretization" and case["adapt"] is not None:
        found["boundaries"] = made.bin_boundaries
    return found


def activation(case):
    x = decode(case["input"])
    if case["activation"] == "relu" and case["config"]:
        function = lambda value: keras.layers.ReLU(**case["config"])(value)
    else:
        function = lambda value: getattr(keras.activations, case["activation"])(value, **case["config"])
    shape = tuple(function(keras.ops.convert_to_tensor(x)).shape)
    given = case.get("cotangent")
    cotangent = decode(given).reshape(shape) if given else drawn_cotangent(seeded("cotangent", case["key"]), shape)

    def run(tensors):
        output = function(tensors[0])
        return keras.ops.sum(output * keras.ops.convert_to_tensor(cotangent)), output

    output, [by_input], _ = gradients(run, [x])
    return {"output": encode(numbers(output)), "cotangent": encode(cotangent), "inputGrad": encode(by_input)}


def loss(case):
    made = getattr(keras.losses, case["loss"])(**case["config"])
    y_true, y_pred = decode(case["yTrue"]), decode(case["yPred"])
    weights = None if case["sampleWeight"] is None else decode(case["sampleWeight"])

    def run(tensors):
        value = made(keras.ops.convert_to_tensor(y_true), tensors[0], sample_weight=weights)
        return keras.ops.sum(value), value

    value, [gradient], _ = gradients(run, [y_pred])
    return {"value": encode_result(numbers(value)), "gradient": None if case["gradient"] is False else encode(gradient)}


def metric(case):
    made = getattr(keras.metrics, case["metric"])(**case["config"])
    results = []
    for update in case["updates"]:
        given = [decode(update[key]) for key in ("yTrue", "yPred") if update[key] is not None]
        weights = None if update["sampleWeight"] is None else decode(update["sampleWeight"])
        made.update_state(*given, sample_weight=weights)
        results.append(encode_result(numbers(made.result())))
    return {"results": results}


def optimizer(case):
    config = dict(case["config"])
    if isinstance(config.get("learning_rate"), dict):
        config["learning_rate"] = keras.optimizers.schedules.deserialize(config["learning_rate"])
    if isinstance(config.get("inner_optimizer"), dict):
        config["inner_optimizer"] = keras.optimizers.deserialize(config["inner_optimizer"])
    made = getattr(keras.optimizers, case["optimizer"])(**config)
    names = case.get("names") or [f"w{i}" for i in range(len(case["initial"]))]
    variables = [keras.Variable(decode(value), name=name) for value, name in zip(case["initial"], names)]
    if case.get("excludeFromWeightDecay"):
        made.exclude_from_weight_decay(var_names=case["excludeFromWeightDecay"])
    made.build(variables)
    state = lambda: [encode(numbers(variable.value)) for variable in variables]
    after = []
    for slopes in case["grads"]:
        made.apply([keras.ops.convert_to_tensor(decode(slope)) for slope in slopes], variables)
        after.append(state())
    slots = [{"path": unnumbered(each.path), "value": encode(numbers(each.value))} for each in made.variables]
    made.finalize_variable_values(variables)
    return {
        "after": after,
        "final": state(),
        "slots": slots,
        "learningRate": number(numbers(made.learning_rate)),
        "iterations": int(numbers(made.iterations)),
    }


def schedule(case):
    made = getattr(keras.optimizers.schedules, case["schedule"])(**case["config"])
    return {"values": [number(numbers(made(step))) for step in case["steps"]]}


def weight_object(case):
    if "regularizer" in case:
        made = getattr(keras.regularizers, case["regularizer"])(**case["config"])

        def run(tensors):
            value = made(tensors[0])
            return value, value

        value, [gradient], _ = gradients(run, [decode(case["value"])])
        return {"loss": number(numbers(value)), "gradient": encode(gradient)}
    if "constraint" in case:
        made = getattr(keras.constraints, case["constraint"])(**case["config"])
        return {"result": encode(numbers(made(keras.ops.convert_to_tensor(decode(case["value"])))))}
    made = getattr(keras.initializers, case["initializer"])(**case["config"])
    return {"value": encode(numbers(made(case["shape"])))}


# What LearningRateScheduler is given, by the names in the cases.
SCHEDULES = {
    "halve_after_2": lambda epoch, rate: rate if epoch < 2 else rate * 0.5,
    "by_epoch": lambda epoch, rate: 0.1 / (epoch + 1),
}


def callback(case):
    """Before epoch e ends, the model's one weight is set to e + 1."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(optimizer=keras.optimizers.SGD(case["learningRate"]), loss="mse")
    config = {key: SCHEDULES[value] if key == "schedule" else value for key, value in case["config"].items()}
    made = getattr(keras.callbacks, case["callback"])(**config)
    made.set_model(model)
    made.on_train_begin()
    rate = lambda: number(numbers(model.optimizer.learning_rate))
    rows = []
    for epoch, given in enumerate(case["epochs"]):
        logs = {name: float(value) for name, value in given.items()}
        made.on_epoch_begin(epoch)
        during = rate()
        model.set_weights([np.full((1, 1), epoch + 1, np.float32)])
        # Results go to the standard output, and nothing else.
        with contextlib.redirect_stdout(sys.stderr):
            made.on_train_batch_end(0, {"loss": logs["loss"]})
            made.on_epoch_end(epoch, logs)
        rows.append({"learningRateInEpoch": during, "learningRate": rate(), "stop": bool(model.stop_training)})
        if model.stop_training:
            break
    made.on_train_end()
    answer = {"rows": rows, "finalWeight": float(model.get_weights()[0][0, 0])}
    if case["callback"] == "EarlyStopping":
        answer |= {"stoppedEpoch": made.stopped_epoch, "bestEpoch": made.best_epoch}
    return answer


KINDS = {
    "activations": activation,
    "callbacks": callback,
    "layers": layer,
    "losses": loss,
    "metrics": metric,
    "optimizers": optimizer,
    "preprocessing": preprocessing,
    "schedules": schedule,
    "weight-objects": weight_object,
    "window-ops": window_op,
}


def attempt(kind, case):
    """A backend may lack an operation; make.py decides whether that matters."""
    try:
        return KINDS[kind](case)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:400]}


if __name__ == "__main__":
    answers = [[attempt(kind, case) for case in cases] for kind, cases in json.load(sys.stdin)]
    json.dump({"keras": keras.__version__, "results": answers}, sys.stdout)
