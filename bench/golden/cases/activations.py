"""Functions of keras.activations: one line each."""
from arrays import exactly, normal

# From -30 to 25, off the kinks of all of them.
POINTS = exactly([-30, -8.5, -3.7, -3.1, -2.2, -1.3, -0.7, -0.45, -0.15, -0.02, 0.03, 0.12, 0.35, 0.55, 0.9, 1.2, 1.9, 2.6, 3.2, 4.1, 6.5, 25])
# exp(25) alone would drown the others.
SMALL = exactly([-30, -8.5, -3.7, -3.1, -2.2, -1.3, -0.7, -0.45, -0.15, -0.02, 0.03, 0.12, 0.35, 0.55, 0.9, 1.2, 1.9, 2.6, 3.2, 4.1])


def activation(name, config={}, input=POINTS):
    return {"activation": name, "config": config, "input": input}


cases = [
    activation("relu"),
    activation("relu", {"negative_slope": 0.1, "max_value": 1.5, "threshold": 0.2}),
    activation("relu6"),
    activation("leaky_relu"),
    activation("elu"),
    activation("elu", {"alpha": 0.5}),
    activation("celu"),
    activation("celu", {"alpha": 0.5}),
    activation("selu"),
    activation("gelu"),
    activation("gelu", {"approximate": True}),
    activation("silu"),
    activation("mish"),
    activation("sigmoid"),
    activation("log_sigmoid"),
    activation("hard_sigmoid"),
    activation("hard_silu"),
    activation("tanh"),
    activation("hard_tanh"),
    activation("tanh_shrink"),
    activation("soft_shrink"),
    activation("hard_shrink"),
    activation("softplus"),
    activation("softsign"),
    activation("squareplus"),
    activation("sparse_plus"),
    activation("sparse_sigmoid"),
    activation("threshold", {"threshold": 0.5, "default_value": -1.0}),
    activation("exponential", input=SMALL),
    activation("linear"),
    activation("softmax", input=normal(4, 6)),
    activation("softmax", {"axis": 0}, input=normal(4, 6)),
    activation("log_softmax", input=normal(4, 6)),
    activation("glu", input=normal(4, 6)),
    activation("sparsemax", input=normal(4, 6)),
]
