"""Layers that work on data before a step, or without gradients: one line each. `adapt`: what the layer learns from first."""
from arrays import exactly, integers, normal, texts


def layer(name, config, given, adapt=None, on=None):
    """`on`: the backend whose numbers count where the two differ."""
    return {"layer": name, "config": config, "adapt": adapt, "input": given, "on": on}


REVIEWS = ["the cat sat on the mat", "The dog, the DOG!", "a cat and a dog", ""]
PETS = [["cat", "dog", "bird"], ["fish", "cat", ""]]
VOCABULARY = ["dog", "cat", "fish"]

cases = [
    layer("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, integers(4, 3)),
    layer("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, integers(4, 3, 1)),
    layer("CategoryEncoding", {"num_tokens": 4}, integers(4, 3, 5)),
    layer("CategoryEncoding", {"num_tokens": 4, "output_mode": "count"}, integers(4, 3, 5)),
    layer("Discretization", {"bin_boundaries": [-0.5, 0.2, 1.0]}, normal(3, 4)),
    layer("Discretization", {"bin_boundaries": [0.0, 1.0], "output_mode": "one_hot"}, normal(2, 3)),
    layer("Discretization", {"bin_boundaries": [0.0, 1.0], "output_mode": "count"}, normal(2, 6)),
    layer("Discretization", {"num_bins": 4}, normal(3, 4), adapt=normal(40, 5)),
    layer("Discretization", {"num_bins": 3, "epsilon": 0.1, "output_mode": "multi_hot"}, normal(2, 3), adapt=normal(30, 2)),
    layer("Normalization", {}, normal(2, 3), adapt=normal(7, 3)),
    layer("Normalization", {"axis": None}, normal(2, 3), adapt=normal(7, 3)),
    layer("Normalization", {"axis": [1, -1], "invert": True}, normal(2, 2, 3, 4), adapt=normal(5, 2, 3, 4)),
    # PyTorch has no mean of areas.
    layer("Resizing", {"height": 8, "width": 9, "interpolation": "area"}, normal(1, 5, 6, 2), on="tensorflow"),
    layer("Resizing", {"height": 3, "width": 4, "interpolation": "area"}, normal(1, 5, 6, 2), on="tensorflow"),
    layer("Hashing", {"num_bins": 5}, texts(["cat", "dog", "naïve café", "a much longer text than the others, of more than sixty-four bytes"])),
    layer("Hashing", {"num_bins": 4, "mask_value": "dog", "salt": [3, 7]}, texts(PETS)),
    layer("Hashing", {"num_bins": 3, "output_mode": "multi_hot"}, integers(9, 3, 4)),
    layer("Hashing", {"num_bins": 3, "output_mode": "one_hot", "salt": 5}, integers(9, 3, 1)),
    layer("IntegerLookup", {"vocabulary": [12, 36, 7]}, exactly([[12, 7, 99], [5, 12, 36]], "int32")),
    layer("IntegerLookup", {"vocabulary": [12, 36, 7], "output_mode": "one_hot"}, exactly([7, 36, 1], "int32")),
    layer("IntegerLookup", {"vocabulary": [12, 36, 7], "mask_token": 0, "num_oov_indices": 3}, exactly([[12, 0, 7], [-4, 5, 36]], "int32")),
    layer("IntegerLookup", {"vocabulary": [12, 36, 7], "num_oov_indices": 4, "oov_method": "farmhash", "salt": [1, 2]}, exactly([[12, 0, 7], [-4, 5, 36]], "int32")),
    layer("IntegerLookup", {"vocabulary": [12, 36, 7], "invert": True}, exactly([[1, 3, 0], [2, 9, 1]], "int32")),
    layer("IntegerLookup", {"max_tokens": 4, "output_mode": "count"}, integers(6, 2, 5), adapt=integers(6, 9, 3)),
    layer("StringLookup", {"vocabulary": VOCABULARY}, texts(PETS)),
    layer("StringLookup", {"vocabulary": VOCABULARY, "mask_token": ""}, texts(PETS)),
    layer("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "multi_hot", "max_tokens": 6, "pad_to_max_tokens": True}, texts(PETS)),
    layer("StringLookup", {"vocabulary": VOCABULARY, "num_oov_indices": 3}, texts([["cow", "horse", "cat"], ["sheep", "pig", "hen"]])),
    layer("StringLookup", {"vocabulary": VOCABULARY, "invert": True, "mask_token": ""}, exactly([0, 1, 2, 3, 4, 9], "int32")),
    layer("StringLookup", {"vocabulary": VOCABULARY, "output_mode": "tf_idf", "idf_weights": [0.5, 1.5, 0.25]}, texts(PETS)),
    layer("StringLookup", {"output_mode": "tf_idf"}, texts([["a", "b", "c"], ["a", "a", "z"]]), adapt=texts([["a", "b"], ["a", "c"], ["d", "d"]])),
    layer("StringLookup", {"max_tokens": 4}, texts([["b", "\U0001f600", "\uffee"]]), adapt=texts(["b", "a", "b", "\U0001f600", "\uffee"])),
    layer("TextVectorization", {"output_sequence_length": 6}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"standardize": "strip_punctuation", "max_tokens": 5}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"output_mode": "multi_hot"}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"output_mode": "count", "max_tokens": 6}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"output_mode": "tf_idf"}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"output_mode": "tf_idf", "max_tokens": 12, "pad_to_max_tokens": True}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"ngrams": 2, "output_sequence_length": 8, "standardize": "lower"}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"split": "character", "output_sequence_length": 10}, texts(REVIEWS), adapt=texts(REVIEWS)),
    layer("TextVectorization", {"vocabulary": ["cat", "É"], "standardize": "lower"}, texts(["CAT É é", "dog\tcat"])),
]
