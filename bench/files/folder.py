"""Keras's part of ../folder.mjs: python folder.py FOLDER SIZE THREADS prints images per second as one line of JSON."""
import json
import sys
import time

import tensorflow as tf

folder, size, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)

import keras
from keras import layers

keras.utils.set_random_seed(1)
data = keras.utils.image_dataset_from_directory(folder, image_size=(size, size), batch_size=32, seed=1, verbose=False)
start = time.perf_counter()
images = sum(int(x.shape[0]) for x, _ in data)
reading = images / (time.perf_counter() - start)
model = keras.Sequential([
    keras.Input((size, size, 3)),
    layers.Rescaling(1 / 255),
    layers.Conv2D(8, 3, strides=4, activation="relu"),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(data.take(1), verbose=0)
start = time.perf_counter()
model.fit(data, epochs=1, verbose=0)
print(json.dumps({"reading": reading, "training": images / (time.perf_counter() - start)}))
