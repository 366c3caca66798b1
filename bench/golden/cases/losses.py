"""Losses: one line gives a case without weights of samples and one with."""
from arrays import bits, exactly, integers, logits, normal, one_hot, positive, probabilities, signs, unit, unit_vectors, wide

UNWEIGHTED, BOTH = "unweighted", "both"


def loss(name, config, y_true, y_pred, weights=None, runs=BOTH, gradient=True, on=None):
    """
    `weights`: of the samples where they are not one for each row, with axes of size one for the further axes of the loss.
    `gradient`: False where the predictions lie on a kink.
    """
    rows = y_true.shape[0]
    given = unit(rows, *[1] * (len(y_pred.shape) - 2)) if weights is None else weights
    base = {"loss": name, "config": config, "yTrue": y_true, "yPred": y_pred, "gradient": gradient, "on": on}
    return [{**base, "sampleWeight": each} for each in ((None,) if runs == UNWEIGHTED else (None, given))]


# The keys of a saturated prediction.
CORNERS = exactly([[1, 0], [0, 1]]), exactly([[1, 0], [1, 0]])
# PyTorch's sparse cross-entropy takes no further axes from probabilities.
PIXELS = "tensorflow"
# TensorFlow's takes classes in the last axis alone.
INNER_AXIS = "torch"
LABELS, IMAGE = integers(3, 6, 2, 3), probabilities(6, 2, 3, 3)

lines = [
    loss("CategoricalCrossentropy", {}, one_hot(6, 4), probabilities(6, 4)),
    loss("CategoricalCrossentropy", {"from_logits": True}, one_hot(6, 4), logits(6, 4)),
    loss("CategoricalCrossentropy", {"label_smoothing": 0.1}, one_hot(6, 4), probabilities(6, 4)),
    loss("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, one_hot(6, 4), logits(6, 4)),
    loss("CategoricalCrossentropy", {"label_smoothing": 0.15}, one_hot(6, 2, 3, 3), IMAGE),
    loss("CategoricalCrossentropy", {"axis": 1}, one_hot(4, 2, 3), probabilities(4, 2, 3)),
    loss("MeanSquaredError", {"reduction": "mean_with_sample_weight"}, normal(4, 2, 3), normal(4, 2, 3), runs=BOTH),
    loss("CategoricalCrossentropy", {}, *CORNERS, runs=UNWEIGHTED, gradient=False),
    loss("SparseCategoricalCrossentropy", {}, integers(4, 6), probabilities(6, 4)),
    loss("SparseCategoricalCrossentropy", {}, LABELS, IMAGE, on=PIXELS),
    loss("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, logits(6, 2, 3, 3)),
    loss("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, IMAGE, on=PIXELS),
    loss("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 0}, integers(4, 6), logits(6, 4)),
    loss("SparseCategoricalCrossentropy", {"from_logits": True, "axis": 1}, integers(4, 3, 2), logits(3, 4, 2), on=INNER_AXIS),
    loss("SparseCategoricalCrossentropy", {"from_logits": True, "axis": -2, "ignore_class": 2}, integers(4, 3, 1, 2), logits(3, 4, 2), runs=UNWEIGHTED, on=INNER_AXIS),
    loss("BinaryCrossentropy", {"from_logits": True}, bits(6, 3), logits(6, 3)),
    loss("BinaryCrossentropy", {"label_smoothing": 0.2}, bits(6, 3), unit(6, 3)),
    loss("BinaryCrossentropy", {}, *CORNERS, runs=UNWEIGHTED, gradient=False),
    loss("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits(6, 3), logits(6, 3)),
    loss("BinaryFocalCrossentropy", {}, bits(6, 3), unit(6, 3)),
    loss("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}, bits(6, 3), unit(6, 3)),
    loss("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 3.0, "label_smoothing": 0.1}, bits(6, 3), logits(6, 3)),
    loss("CategoricalFocalCrossentropy", {}, one_hot(6, 4), probabilities(6, 4)),
    loss("CategoricalFocalCrossentropy", {"from_logits": True, "alpha": 0.4, "gamma": 1.0}, one_hot(6, 4), logits(6, 4)),
    loss("CategoricalFocalCrossentropy", {"label_smoothing": 0.1}, one_hot(6, 4), probabilities(6, 4)),
    loss("CategoricalGeneralizedCrossEntropy", {}, integers(4, 6), probabilities(6, 4)),
    loss("CategoricalGeneralizedCrossEntropy", {"q": 0.8}, integers(4, 6), probabilities(6, 4)),
    loss("KLDivergence", {}, probabilities(6, 4), probabilities(6, 4)),
    loss("Poisson", {}, positive(6, 3), positive(6, 3)),
    loss("MeanSquaredError", {}, normal(6, 3), normal(6, 3)),
    loss("MeanSquaredError", {}, IMAGE, normal(6, 2, 3, 3)),
    loss("MeanAbsoluteError", {}, normal(6, 3), normal(6, 3)),
    loss("MeanAbsolutePercentageError", {}, positive(6, 3), positive(6, 3)),
    loss("MeanSquaredLogarithmicError", {}, positive(6, 3), positive(6, 3)),
    loss("Huber", {}, normal(6, 3), normal(6, 3)),
    loss("Huber", {"delta": 0.5}, normal(6, 3), normal(6, 3)),
    loss("LogCosh", {}, normal(6, 3), wide(6, 3)),
    loss("CosineSimilarity", {}, normal(6, 3), normal(6, 3)),
    loss("CosineSimilarity", {"axis": 1}, normal(6, 2, 3, 3), IMAGE),
    loss("Hinge", {}, signs(6, 3), normal(6, 3)),
    loss("Hinge", {}, bits(6, 3), normal(6, 3)),
    loss("SquaredHinge", {}, signs(6, 3), normal(6, 3)),
    loss("CategoricalHinge", {}, one_hot(6, 4), logits(6, 4)),
    loss("Dice", {}, one_hot(6, 2, 3, 3), IMAGE, runs=UNWEIGHTED),
    loss("Dice", {"axis": [1, 2, 3]}, one_hot(6, 2, 3, 3), IMAGE, weights=unit(6)),
    loss("Tversky", {"alpha": 0.3, "beta": 0.7}, one_hot(6, 2, 3, 3), IMAGE, runs=UNWEIGHTED),
    loss("Circle", {}, integers(3, 6), unit_vectors(6, 3)),
    loss("Circle", {"gamma": 20.0, "margin": 0.3, "remove_diagonal": False}, integers(2, 5), unit_vectors(5, 3)),
    loss("CTC", {}, exactly([[2, 2, 1], [3, 0, 0], [1, 2, 0], [0, 0, 0]]), logits(4, 6, 4)),
    loss("Tversky", {"axis": [1, 2]}, one_hot(6, 2, 3, 3), IMAGE, weights=unit(6, 1)),
]
for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none"):
    lines += [
        loss("MeanSquaredError", {"reduction": reduction}, normal(6, 3), normal(6, 3)),
        loss("SparseCategoricalCrossentropy", {"reduction": reduction}, LABELS, IMAGE, weights=unit(6, 2, 3), on=PIXELS),
        loss("BinaryCrossentropy", {"reduction": reduction}, bits(6, 3), unit(6, 3)),
    ]

cases = [case for line in lines for case in line]
