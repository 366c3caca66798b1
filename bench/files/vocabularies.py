"""
Vocabularies in files of real Keras, which needs TensorFlow for them: `python vocabularies.py make <folder>` writes test/golden/files/vocabularies.keras and the
numbers of its model; `npx fovea convert test/golden/files/vocabularies.keras again.keras && python vocabularies.py open again.keras` predicts with a file that fovea wrote and compares.
"""
import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np

X = np.array([[5, 7, 1], [9, 9, 5]], dtype="int32")


def make(folder):
    keras.utils.set_random_seed(1)
    x = keras.Input((3,), dtype="int32")
    hot = keras.layers.IntegerLookup(output_mode="multi_hot")
    hot.adapt(np.array([5, 7, 5, 9]))
    weighed = keras.layers.IntegerLookup(output_mode="tf_idf")
    weighed.adapt(np.array([[5, 7, 5], [9, 9, 5]]))
    inner = keras.Sequential([keras.Input((3,)), keras.layers.IntegerLookup(mask_token=0, num_oov_indices=2)])
    inner.layers[0].set_vocabulary([5, 9, 7])
    bins = keras.layers.Discretization(num_bins=3, output_mode="one_hot")
    bins.adapt(np.array([[1.0, 7.0], [5.0, 9.0], [2.0, 3.0]]))
    scaled = keras.layers.Normalization()
    scaled.adapt(np.array([[1.0, 7.0, 3.0], [5.0, 9.0, 1.0]]))
    coded = keras.layers.CategoryEncoding(num_tokens=10, output_mode="count")
    outputs = [hot(x), weighed(x), inner(x), bins(x), scaled(x), coded(x)]
    model = keras.Model(x, outputs, name="tables")
    model.save(f"{folder}/vocabularies.keras")
    made = [np.asarray(each) for each in model.predict(X, verbose=0)]
    values = [{"shape": list(each.shape), "data": [float(v) for v in each.ravel()]} for each in made]
    inputs = {"shape": list(X.shape), "dtype": "int32", "data": X.ravel().tolist()}
    with open(f"{folder}/vocabularies.json", "w") as file:
        json.dump({"inputs": inputs, "outputs": values}, file)
        file.write("\n")


def compare(path):
    golden = os.path.join(os.path.dirname(__file__), "../../test/golden/files/vocabularies.json")
    with open(golden) as file:
        expected = json.load(file)["outputs"]
    for made, value in zip(keras.models.load_model(path).predict(X, verbose=0), expected, strict=True):
        print(np.abs(np.asarray(made).ravel() - np.array(value["data"])).max())


{"make": make, "open": compare}[sys.argv[1]](sys.argv[2])
