"""Layers: one line each. Inputs are drawn, and weights for the shapes that Keras builds."""
from arrays import integers, normal


def layer(name, config, *inputs, training=False, on=None):
    """`on`: the backend whose numbers count where the two differ."""
    return {"layer": name, "config": config, "training": training, "inputs": list(inputs), "on": on}


def of(class_name, **config):
    """An object inside of a config."""
    return {"class_name": class_name, "config": config}


# TensorFlow has no dilated transposed convolution on the CPU.
DILATED = "torch"
# PyTorch's mean counts the padding on one side where "same" pads unevenly; TensorFlow's and JAX's never do.
UNEVEN = "tensorflow"

cases = [
    # Convolutions
    layer("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, normal(2, 9, 3)),
    layer("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "strides": 2}, normal(2, 11, 3)),
    layer("Conv1D", {"filters": 3, "kernel_size": 3, "dilation_rate": 3}, normal(2, 13, 2)),
    layer("Conv1D", {"filters": 6, "kernel_size": 3, "groups": 3, "padding": "same"}, normal(2, 8, 6)),
    layer("Conv1D", {"filters": 5, "kernel_size": 4, "strides": 3, "activation": "tanh", "use_bias": False}, normal(2, 14, 3)),
    layer("Conv2D", {"filters": 4, "kernel_size": 3}, normal(2, 7, 7, 3)),
    layer("Conv2D", {"filters": 5, "kernel_size": [3, 2], "strides": 2, "padding": "same", "activation": "relu"}, normal(2, 9, 8, 3)),
    layer("Conv2D", {"filters": 6, "kernel_size": 3, "dilation_rate": 2, "padding": "same", "use_bias": False}, normal(1, 10, 10, 4)),
    layer("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 2}, normal(2, 6, 6, 4)),
    layer("Conv2D", {"filters": 8, "kernel_size": 1, "activation": "tanh"}, normal(2, 5, 5, 6)),
    layer("Conv2D", {"filters": 32, "kernel_size": 3, "activation": "relu"}, normal(1, 12, 12, 16)),
    layer("Conv2D", {"filters": 3, "kernel_size": [3, 2], "dilation_rate": [2, 1], "padding": "same"}, normal(1, 9, 8, 2)),
    layer("Conv2D", {"filters": 3, "kernel_size": 5, "strides": 3, "padding": "same", "activation": "relu"}, normal(1, 11, 11, 2)),
    layer("Conv2D", {"filters": 2, "kernel_size": 3, "kernel_regularizer": of("L1L2", l1=0.01, l2=0.03), "activation": "relu"}, normal(2, 5, 5, 2)),
    layer("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2}, normal(1, 4, 5, 3)),
    layer("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same", "activation": "relu"}, normal(2, 4, 4, 3)),
    layer("Conv2DTranspose", {"filters": 3, "kernel_size": [3, 5], "strides": [2, 3], "padding": "same"}, normal(1, 3, 4, 2)),
    layer("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1}, normal(1, 4, 4, 2)),
    layer("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1, "padding": "same"}, normal(1, 4, 4, 2)),
    layer("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, normal(1, 5, 5, 2), on=DILATED),
    layer("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "use_bias": False}, normal(1, 5, 6, 2)),
    layer("Conv2DTranspose", {"filters": 3, "kernel_size": 1, "strides": 2, "padding": "same"}, normal(1, 4, 4, 2)),
    layer("Conv2DTranspose", {"filters": 2, "kernel_size": 4, "strides": 2, "padding": "same"}, normal(1, 4, 4, 2)),
    layer("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, normal(2, 6, 6, 3)),
    layer("DepthwiseConv2D", {"kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu6"}, normal(2, 7, 6, 3)),
    layer("DepthwiseConv2D", {"kernel_size": 3, "dilation_rate": 2, "depth_multiplier": 3}, normal(1, 8, 8, 2)),
    layer("SeparableConv2D", {"filters": 5, "kernel_size": 3}, normal(2, 7, 7, 3)),
    layer("SeparableConv2D", {"filters": 4, "kernel_size": 3, "dilation_rate": 2}, normal(1, 9, 8, 3)),
    layer("SeparableConv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "use_bias": False, "depth_multiplier": 2}, normal(1, 7, 7, 3)),
    layer("SeparableConv2D", {"filters": 2, "kernel_size": 2, "depthwise_regularizer": of("L2", l2=0.1), "pointwise_regularizer": of("L1", l1=0.05)}, normal(1, 5, 5, 2)),
    # Pooling
    layer("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, normal(2, 9, 3)),
    layer("AveragePooling1D", {"pool_size": 2}, normal(2, 9, 3)),
    layer("AveragePooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, normal(2, 9, 2)),
    layer("MaxPooling2D", {"pool_size": 2}, normal(2, 6, 7, 3)),
    layer("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, normal(2, 7, 7, 2)),
    layer("MaxPooling2D", {"pool_size": [3, 2], "strides": [1, 3]}, normal(1, 8, 7, 2)),
    layer("AveragePooling2D", {"pool_size": 2}, normal(2, 6, 6, 3)),
    layer("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, normal(1, 7, 7, 2)),
    layer("AveragePooling2D", {"pool_size": [2, 3], "strides": 2, "padding": "same"}, normal(2, 7, 6, 2), on=UNEVEN),
    layer("GlobalMaxPooling1D", {}, normal(2, 7, 3)),
    layer("GlobalMaxPooling1D", {"keepdims": True}, normal(2, 7, 3)),
    layer("GlobalAveragePooling1D", {}, normal(2, 7, 3)),
    layer("GlobalMaxPooling2D", {}, normal(2, 4, 5, 3)),
    layer("GlobalAveragePooling2D", {}, normal(2, 4, 5, 3)),
    layer("GlobalAveragePooling2D", {"keepdims": True}, normal(2, 4, 5, 3)),
    # Core
    layer("Dense", {"units": 5, "activation": "softmax"}, normal(3, 7)),
    layer("Dense", {"units": 4}, normal(2, 3, 6)),
    layer("Dense", {"units": 3, "activation": "gelu"}, normal(2, 3, 2, 4)),
    layer("Dense", {"units": 3, "kernel_regularizer": of("L2", l2=0.05), "bias_regularizer": of("L1", l1=0.1), "activity_regularizer": of("L2", l2=0.02)}, normal(3, 4)),
    layer("Dense", {"units": 3, "kernel_regularizer": of("OrthogonalRegularizer", factor=0.1, mode="columns")}, normal(3, 4)),
    layer("Embedding", {"input_dim": 9, "output_dim": 3}, integers(9, 2, 5)),
    layer("Embedding", {"input_dim": 6, "output_dim": 4, "mask_zero": True}, integers(6, 2, 3, 2)),
    layer("Embedding", {"input_dim": 5, "output_dim": 3, "embeddings_regularizer": of("L2", l2=0.1)}, integers(5, 2, 3)),
    layer("Identity", {}, normal(2, 3)),
    layer("Masking", {}, normal(2, 3, 2)),
    # Normalization
    layer("BatchNormalization", {}, normal(4, 3, 3, 5)),
    layer("BatchNormalization", {}, normal(4, 3, 3, 5), training=True),
    layer("BatchNormalization", {}, normal(4, 5, 3)),
    layer("BatchNormalization", {}, normal(4, 5, 3), training=True),
    layer("BatchNormalization", {}, normal(2, 3, 2, 3, 4)),
    layer("BatchNormalization", {}, normal(2, 3, 2, 3, 4), training=True),
    layer("BatchNormalization", {"axis": 1}, normal(3, 4, 3, 5)),
    layer("BatchNormalization", {"axis": 1, "momentum": 0.9}, normal(3, 4, 3, 5), training=True),
    layer("BatchNormalization", {"center": False, "epsilon": 0.01}, normal(4, 6), training=True),
    layer("BatchNormalization", {"gamma_regularizer": of("L2", l2=0.1), "beta_regularizer": of("L1", l1=0.2)}, normal(4, 3)),
    # Activations
    layer("Activation", {"activation": "relu"}, normal(2, 9)),
    layer("Activation", {"activation": "sigmoid"}, normal(2, 9)),
    layer("Activation", {"activation": "tanh"}, normal(2, 9)),
    layer("Activation", {"activation": "softmax"}, normal(2, 9)),
    layer("Activation", {"activation": "linear"}, normal(2, 9)),
    layer("LeakyReLU", {"negative_slope": 0.1}, normal(3, 8)),
    layer("LeakyReLU", {}, normal(3, 8)),
    layer("ReLU", {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3}, normal(3, 9)),
    layer("ReLU", {"max_value": 6.0}, normal(3, 9)),
    layer("ReLU", {}, normal(3, 9)),
    layer("PReLU", {"shared_axes": [1, 2]}, normal(2, 4, 3, 5)),
    layer("PReLU", {}, normal(2, 4, 3)),
    # Reshaping
    layer("Flatten", {}, normal(2, 3, 4, 5)),
    layer("Reshape", {"target_shape": [6, -1]}, normal(2, 3, 4)),
    layer("Reshape", {"target_shape": [-1, 2, 2]}, normal(2, 3, 4, 2)),
    layer("Permute", {"dims": [2, 3, 1]}, normal(2, 3, 4, 2)),
    layer("RepeatVector", {"n": 3}, normal(2, 5)),
    layer("ZeroPadding2D", {"padding": [[1, 2], [0, 3]]}, normal(1, 3, 4, 2)),
    # Merging
    layer("Add", {}, normal(2, 3), normal(2, 3), normal(2, 3)),
    layer("Add", {}, normal(2, 3, 4), normal(2, 1, 4)),
    layer("Subtract", {}, normal(2, 3, 4), normal(2, 3, 4)),
    layer("Multiply", {}, normal(2, 3), normal(2, 3), normal(2, 3)),
    layer("Average", {}, normal(2, 3), normal(2, 3), normal(2, 3)),
    layer("Maximum", {}, normal(2, 5), normal(2, 5)),
    layer("Minimum", {}, normal(2, 5), normal(2, 5), normal(2, 5)),
    layer("Concatenate", {"axis": -1}, normal(2, 3, 4), normal(2, 3, 2)),
    layer("Concatenate", {"axis": 2}, normal(2, 3, 4, 2), normal(2, 3, 1, 2)),
    layer("Concatenate", {}, normal(2, 3), normal(2, 4), normal(2, 1)),
    layer("Dot", {"axes": 1}, normal(2, 5), normal(2, 5)),
    layer("Dot", {"axes": [2, 2]}, normal(2, 3, 4), normal(2, 5, 4)),
    layer("Dot", {"axes": -1, "normalize": True}, normal(2, 4), normal(2, 4)),
    # Regularization; what is drawn at random has no golden number
    layer("Dropout", {"rate": 0.5}, normal(2, 5)),
    layer("Dropout", {"rate": 0.0}, normal(2, 5), training=True),
]
