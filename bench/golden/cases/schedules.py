"""Learning-rate schedules: one line each."""

STEPS = [0, 1, 2, 3, 5, 6, 8, 11, 15, 19, 26, 40]


def schedule(name, config):
    return {"schedule": name, "config": config, "steps": STEPS}


cases = [
    schedule("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    schedule("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.9, "staircase": True}),
    schedule("PiecewiseConstantDecay", {"boundaries": [4, 9, 20], "values": [0.5, 0.2, 0.1, 0.02]}),
    schedule("PiecewiseConstantDecay", {"boundaries": [3, 8], "values": [0.5, 0.2, 0.1]}),
    schedule("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
    schedule("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "end_learning_rate": 0.02, "power": 2.0}),
    schedule("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 8, "end_learning_rate": 0.01, "power": 0.5, "cycle": True}),
    schedule("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.7}),
    schedule("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.7, "staircase": True}),
    schedule("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
    schedule("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 25, "alpha": 0.1}),
    schedule("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 20, "warmup_target": 0.2, "warmup_steps": 6, "alpha": 0.05}),
    schedule("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6}),
    schedule("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1}),
]
