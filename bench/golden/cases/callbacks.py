"""Callbacks that follow a number in the logs: the learning rate in and after each epoch."""

LOSSES = [0.8, 0.7, 0.71, 0.7, 0.72, 0.705, 0.6995, 0.71, 0.72, 0.73, 0.74]
RESTLESS = [1.5, 1.7, 1.4, 1.45, 1.39, 1.6, 1.38, 1.5, 1.37, 1.5, 1.6]
ACCURACIES = [0.3, 0.5, 0.6, 0.59, 0.6, 0.6001, 0.58, 0.57, 0.9, 0.89, 0.88, 0.87]


def plateau(values, first=None, **config):
    """`first`: the value of the first epoch where it is not the list's."""
    name = config.get("monitor", "val_loss")
    rows = values if first is None else [first, *values]
    epochs = [{"loss": 1 / (epoch + 1), name: value} for epoch, value in enumerate(rows)]
    return {"callback": "ReduceLROnPlateau", "config": config, "learningRate": 0.1, "epochs": epochs}


cases = [
    plateau(LOSSES, 1.0, factor=0.5, patience=2),
    plateau(RESTLESS, 2.0, factor=0.2, patience=1, min_lr=0.01, cooldown=2),
    plateau(ACCURACIES, monitor="val_accuracy", factor=0.1, patience=2, mode="max", min_delta=0.01),
    plateau(ACCURACIES, monitor="val_accuracy", patience=3, mode="max"),
]
