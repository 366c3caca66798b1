"""Callbacks that follow the logs: the learning rate in and after each epoch, when training ends, and whose weights are left."""

LOSSES = [0.8, 0.7, 0.71, 0.7, 0.72, 0.705, 0.6995, 0.71, 0.72, 0.73, 0.74]
RESTLESS = [1.5, 1.7, 1.4, 1.45, 1.39, 1.6, 1.38, 1.5, 1.37, 1.5, 1.6]
LEVEL = [1.0] * 11
ACCURACIES = [0.3, 0.5, 0.6, 0.59, 0.6, 0.6001, 0.58, 0.57, 0.9, 0.89, 0.88, 0.87]


def follow(callback, values, first=None, **config):
    """`first`: the value of the first epoch where it is not the list's."""
    name = config.get("monitor", "val_loss")
    rows = values if first is None else [first, *values]
    epochs = [{"loss": 1 / (epoch + 1), name: value} for epoch, value in enumerate(rows)]
    return {"callback": callback, "config": config, "learningRate": 0.1, "epochs": epochs}


def plateau(values, first=None, **config):
    return follow("ReduceLROnPlateau", values, first, **config)


def stopping(values, first=None, **config):
    return follow("EarlyStopping", values, first, **config)


def ended(*losses):
    return {"callback": "TerminateOnNaN", "config": {}, "learningRate": 0.1, "epochs": [{"loss": loss} for loss in losses]}


cases = [
    plateau(LOSSES, 1.0, factor=0.5, patience=2),
    plateau(RESTLESS, 2.0, factor=0.2, patience=1, min_lr=0.01, cooldown=2),
    plateau(LEVEL, 1.0, factor=0.5, patience=1, cooldown=2),
    plateau(ACCURACIES, monitor="val_accuracy", factor=0.1, patience=2, mode="max", min_delta=0.01),
    plateau(ACCURACIES, monitor="val_accuracy", patience=3, mode="max"),
    stopping(LOSSES, 1.0, patience=2),
    stopping(LOSSES, 1.0, patience=2, restore_best_weights=True),
    stopping(RESTLESS, 2.0, patience=3, min_delta=0.05, restore_best_weights=True),
    stopping(ACCURACIES, monitor="val_accuracy", mode="max", patience=2, restore_best_weights=True),
    stopping(LOSSES, 1.0, patience=1, start_from_epoch=4, restore_best_weights=True),
    stopping(LOSSES, 1.0, patience=2, baseline=0.65),
    stopping(LOSSES, 1.0, patience=20, restore_best_weights=True),
    # The functions of these names are in compute.py and in the test.
    follow("LearningRateScheduler", LOSSES, 1.0, schedule="halve_after_2"),
    follow("LearningRateScheduler", LOSSES, 1.0, schedule="by_epoch"),
    ended(0.5, 0.4, "NaN", 0.3),
    ended(0.5, "Infinity", 0.3),
]
