"""Optimizers: one line each; six steps over a kernel and a bias."""
import numpy as np

from arrays import exactly, normal


def optimizer(name, config={}, weights=(("kernel", (3, 4)), ("bias", (5,))), exclude=None, overflows=None):
    """`exclude`: names of the weights that do not decay. `overflows`: the step, from 0, whose first gradient is infinite."""
    shapes = [shape for _, shape in weights]
    infinite = lambda shape: exactly(np.full(shape, np.inf))
    draw = lambda step, i, shape: infinite(shape) if (step, i) == (overflows, 0) else normal(*shape)
    return {
        "optimizer": name,
        "config": config,
        "names": [each for each, _ in weights],
        **({"excludeFromWeightDecay": exclude} if exclude else {}),
        "initial": [normal(*shape) for shape in shapes],
        "grads": [[draw(step, i, shape) for i, shape in enumerate(shapes)] for step in range(6)],
    }


def schedule(class_name, **config):
    return {"class_name": class_name, "config": config}


INNER = {"class_name": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.5}}
MATRICES = (("kernel", (4, 3)), ("bias", (3,)), ("kernel_2", (2, 3, 4)))

cases = [
    optimizer("SGD"),
    optimizer("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    optimizer("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    optimizer("SGD", {"learning_rate": 0.1, "momentum": 0.8, "weight_decay": 0.02}),
    optimizer("SGD", {"learning_rate": 0.1, "clipvalue": 0.5}),
    optimizer("SGD", {"learning_rate": 0.1, "momentum": 0.9, "global_clipnorm": 1.0}),
    optimizer("SGD", {"learning_rate": schedule("ExponentialDecay", initial_learning_rate=0.2, decay_steps=2, decay_rate=0.5)}),
    optimizer("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8}),
    optimizer("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}),
    optimizer("SGD", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}),
    optimizer("Adam"),
    optimizer("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    optimizer("Adam", {"clipnorm": 0.5}),
    optimizer("Adam", {"global_clipnorm": 0.5}),
    optimizer("Adam", {"learning_rate": 0.01, "weight_decay": 0.05}),
    optimizer("Adam", {"learning_rate": 0.01, "gradient_accumulation_steps": 3}),
    optimizer("Adam", {"learning_rate": 0.01, "use_ema": True}),
    optimizer("Adam", {"learning_rate": 0.05, "epsilon": 0.001, "beta_1": 0.7, "beta_2": 0.9}),
    optimizer("Adam", {"learning_rate": schedule("CosineDecay", initial_learning_rate=0.1, decay_steps=5), "clipnorm": 0.7}),
    optimizer("AdamW"),
    optimizer("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
    optimizer("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}, exclude=["bias"]),
    optimizer("AdamW", {"learning_rate": 0.02, "amsgrad": True}),
    optimizer("Adadelta"),
    optimizer("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-05}),
    optimizer("Adagrad"),
    optimizer("Adagrad", {"learning_rate": 0.1}),
    optimizer("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 0.001}),
    optimizer("Adamax"),
    optimizer("Adamax", {"learning_rate": 0.02}),
    optimizer("Adamax", {"learning_rate": 0.02, "epsilon": 0.1, "beta_1": 0.8, "beta_2": 0.95}),
    optimizer("Adamax", {"weight_decay": 0.01}),
    optimizer("Nadam"),
    optimizer("Nadam", {"learning_rate": 0.01}),
    optimizer("Nadam", {"learning_rate": 0.01, "beta_1": 0.8, "weight_decay": 0.02}),
    optimizer("Nadam", {"learning_rate": 0.01, "beta_2": 0.9, "epsilon": 0.05}),
    optimizer("RMSprop"),
    optimizer("RMSprop", {"learning_rate": 0.01, "rho": 0.8}),
    optimizer("RMSprop", {"learning_rate": 0.01, "epsilon": 0.05}),
    optimizer("RMSprop", {"learning_rate": 0.01, "momentum": 0.9}),
    optimizer("RMSprop", {"learning_rate": 0.01, "centered": True}),
    optimizer("RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.5, "clipvalue": 0.4}),
    optimizer("Muon", {"learning_rate": 0.02}, weights=(("kernel", (4, 3)), ("bias", (3,)), ("wide", (2, 5)))),
    optimizer("Muon", {"learning_rate": 0.02, "nesterov": False, "weight_decay": 0.1, "rms_rate": None, "adam_lr_ratio": 0.5, "exclude_layers": ["wide"]}, weights=(("kernel", (4, 3)), ("wide", (2, 5)))),
    optimizer("Adafactor", {"learning_rate": 0.01}, weights=MATRICES),
    optimizer("Adafactor", {"learning_rate": 0.05, "clip_threshold": 0.5, "beta_2_decay": -0.5, "weight_decay": 0.01}, weights=MATRICES),
    # The rate is longer than 1/√t from the second step on, and the weights are shorter than epsilon_2.
    optimizer("Adafactor", {"learning_rate": 0.75, "epsilon_2": 2.0}, weights=MATRICES),
    optimizer("ScheduleFreeAdamW"),
    optimizer("ScheduleFreeAdamW", {"learning_rate": 0.01, "warmup_steps": 3, "weight_decay": 0.05, "beta_1": 0.8}),
    optimizer("SGD", {"learning_rate": 0.1, "loss_scale_factor": 4.0}),
    optimizer("LossScaleOptimizer", {"inner_optimizer": INNER, "initial_scale": 8.0, "dynamic_growth_steps": 2}, overflows=3),
    optimizer("Ftrl"),
    optimizer("Ftrl", {"learning_rate": 0.1}),
    optimizer("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 0.05, "l2_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.02, "beta": 0.3}),
    optimizer("Ftrl", {"learning_rate": 0.1, "learning_rate_power": -0.3}),
    optimizer("Lion"),
    optimizer("Lion", {"learning_rate": 0.01}),
    optimizer("Lion", {"learning_rate": 0.01, "weight_decay": 0.1, "beta_1": 0.8}),
    optimizer("Lamb", weights=MATRICES),
    optimizer("Lamb", {"learning_rate": 0.01}, weights=MATRICES),
    optimizer("Lamb", {"learning_rate": 0.01, "weight_decay": 0.05}, weights=MATRICES),
    optimizer("Lamb", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01}, weights=MATRICES),
]
