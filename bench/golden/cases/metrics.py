"""Metrics: two updates each; one line gives a case without weights of samples and one with."""
from arrays import bits, integers, logits, near, normal, one_hot, positive, probabilities, ranks, signs, unit

UNWEIGHTED, BOTH = "unweighted", "both"


def metric(name, config, y_true, y_pred, runs=BOTH):
    """`y_true` None: the metric takes values and their weights."""
    weights = unit(y_pred.shape[0] if hasattr(y_pred, "shape") else y_true.shape[0])
    base = {"metric": name, "config": config, "yTrue": y_true, "yPred": y_pred}
    return [{**base, "sampleWeight": each} for each in ((None,) if runs == UNWEIGHTED else (None, weights))]


LABELS, IMAGE = integers(3, 3, 2, 3), probabilities(3, 2, 3, 3)

lines = [
    metric("Mean", {}, None, normal(3, 3)),
    metric("Sum", {}, None, normal(3, 3)),
    metric("Accuracy", {}, LABELS, integers(3, 3, 2, 3)),
    metric("BinaryAccuracy", {}, bits(3, 3), unit(3, 3)),
    metric("BinaryAccuracy", {"threshold": 0.7}, bits(3, 3), unit(3, 3)),
    metric("CategoricalAccuracy", {}, one_hot(9, 4), probabilities(9, 4)),
    metric("CategoricalAccuracy", {}, one_hot(3, 2, 3, 3), IMAGE),
    metric("SparseCategoricalAccuracy", {}, LABELS, IMAGE),
    metric("SparseCategoricalAccuracy", {}, integers(4, 9), probabilities(9, 4)),
    metric("TopKCategoricalAccuracy", {"k": 2}, one_hot(9, 4), probabilities(9, 4)),
    metric("TopKCategoricalAccuracy", {}, one_hot(9, 8), probabilities(9, 8)),
    metric("SparseTopKCategoricalAccuracy", {"k": 2}, integers(4, 9), probabilities(9, 4)),
    metric("SparseTopKCategoricalAccuracy", {}, integers(8, 9), probabilities(9, 8)),
    metric("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, integers(4, 9), ranks(9, 4)),
    metric("BinaryCrossentropy", {}, bits(3, 3), unit(3, 3)),
    metric("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits(3, 3), logits(3, 3)),
    metric("CategoricalCrossentropy", {}, one_hot(3, 4), probabilities(3, 4)),
    metric("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot(3, 4), logits(3, 4)),
    metric("SparseCategoricalCrossentropy", {}, integers(4, 3), probabilities(3, 4)),
    metric("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, logits(3, 2, 3, 3)),
    metric("KLDivergence", {}, probabilities(3, 4), probabilities(3, 4)),
    metric("Poisson", {}, positive(3, 3), positive(3, 3)),
    metric("MeanSquaredError", {}, normal(3, 3), normal(3, 3)),
    metric("MeanAbsoluteError", {}, normal(3, 3), normal(3, 3)),
    metric("MeanAbsolutePercentageError", {}, positive(3, 3), positive(3, 3)),
    metric("MeanSquaredLogarithmicError", {}, positive(3, 3), positive(3, 3)),
    metric("RootMeanSquaredError", {}, normal(3, 3), normal(3, 3)),
    metric("CosineSimilarity", {}, normal(3, 3), normal(3, 3)),
    metric("LogCoshError", {}, normal(3, 3), normal(3, 3)),
    metric("Hinge", {}, signs(3, 3), normal(3, 3)),
    metric("SquaredHinge", {}, signs(3, 3), normal(3, 3)),
    metric("CategoricalHinge", {}, one_hot(3, 4), logits(3, 4)),
    metric("Precision", {}, bits(4, 3), unit(4, 3)),
    metric("Precision", {"thresholds": [0.3, 0.6]}, bits(4, 3), unit(4, 3)),
    metric("Precision", {"top_k": 2}, one_hot(9, 4), probabilities(9, 4)),
    metric("Precision", {"class_id": 1}, one_hot(9, 4), unit(9, 4)),
    metric("Recall", {}, bits(4, 3), unit(4, 3)),
    metric("Recall", {"thresholds": [0.2, 0.8]}, bits(4, 3), unit(4, 3)),
    metric("Recall", {"top_k": 2, "class_id": 0}, one_hot(9, 4), probabilities(9, 4)),
    metric("TruePositives", {}, bits(4, 3), unit(4, 3)),
    metric("FalsePositives", {"thresholds": 0.3}, bits(4, 3), unit(4, 3)),
    metric("TrueNegatives", {}, bits(4, 3), unit(4, 3)),
    metric("FalseNegatives", {"thresholds": [0.2, 0.7]}, bits(4, 3), unit(4, 3)),
    metric("AUC", {}, bits(9), unit(9)),
    metric("AUC", {"curve": "PR"}, bits(9), unit(9)),
    metric("AUC", {"num_thresholds": 11, "summation_method": "majoring"}, bits(9), unit(9)),
    metric("AUC", {"num_thresholds": 11, "summation_method": "minoring", "curve": "PR"}, bits(9), unit(9)),
    metric("AUC", {"thresholds": [0.2, 0.5, 0.8]}, bits(9), unit(9)),
    metric("AUC", {"from_logits": True}, bits(9), logits(9)),
    metric("PrecisionAtRecall", {"recall": 0.6, "num_thresholds": 20}, bits(9), unit(9)),
    metric("RecallAtPrecision", {"precision": 0.6, "num_thresholds": 20}, bits(9), unit(9)),
    metric("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 20}, bits(9), unit(9)),
    metric("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 20}, bits(9), unit(9)),
    metric("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, LABELS, integers(3, 3, 2, 3), runs=UNWEIGHTED),
    metric("MeanIoU", {"num_classes": 3}, LABELS, integers(3, 3, 2, 3), runs=UNWEIGHTED),
    metric("MeanIoU", {"num_classes": 3, "sparse_y_pred": False}, LABELS, IMAGE, runs=UNWEIGHTED),
    metric("MeanIoU", {"num_classes": 3, "ignore_class": 1}, LABELS, integers(3, 3, 2, 3), runs=UNWEIGHTED),
    metric("BinaryIoU", {}, bits(3, 3), unit(3, 3), runs=UNWEIGHTED),
    metric("BinaryIoU", {"target_class_ids": [1], "threshold": 0.4}, bits(3, 3), unit(3, 3), runs=UNWEIGHTED),
    metric("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 1]}, one_hot(3, 2, 3, 3), IMAGE, runs=UNWEIGHTED),
    metric("OneHotMeanIoU", {"num_classes": 3}, one_hot(3, 2, 3, 3), IMAGE, runs=UNWEIGHTED),
    metric("R2Score", {}, normal(3, 3), near("yTrue")),
    metric("R2Score", {"class_aggregation": None}, normal(3, 3), normal(3, 3)),
    metric("R2Score", {"class_aggregation": "variance_weighted_average"}, normal(3, 3), normal(3, 3)),
    metric("R2Score", {"num_regressors": 1}, normal(3, 3), normal(3, 3)),
    metric("F1Score", {}, one_hot(9, 4), probabilities(9, 4)),
    metric("F1Score", {"average": "micro", "threshold": 0.4}, bits(5, 3), unit(5, 3)),
    metric("F1Score", {"average": "weighted"}, one_hot(9, 4), probabilities(9, 4)),
    metric("FBetaScore", {"beta": 2.0, "average": "macro", "threshold": 0.5}, bits(5, 3), unit(5, 3)),
    metric("FBetaScore", {"beta": 0.5}, one_hot(9, 4), probabilities(9, 4)),
    metric("PearsonCorrelation", {}, normal(3, 5), near("yTrue")),
    metric("PearsonCorrelation", {"axis": [1, 2]}, normal(3, 4, 2), near("yTrue")),
    metric("ConcordanceCorrelation", {}, normal(3, 5), near("yTrue")),
    metric("ConcordanceCorrelation", {"axis": 1}, normal(3, 4, 2), normal(3, 4, 2)),
]

cases = [case for line in lines for case in line]
