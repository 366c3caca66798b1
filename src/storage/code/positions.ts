/** What arguments without a name mean: Keras's order, of classes that are often written so. */

/** Names in Keras's spelling, by class; classes with the same arguments share a row. */
const rows: readonly (readonly [classes: string, names: string])[] = [
  ["Dense", "units activation use_bias"],
  ["Activation", "activation"],
  ["Embedding", "input_dim output_dim"],
  ["Conv1D Conv2D Conv3D SeparableConv1D SeparableConv2D", "filters kernel_size strides padding"],
  ["Conv1DTranspose Conv2DTranspose Conv3DTranspose", "filters kernel_size strides padding"],
  ["DepthwiseConv1D DepthwiseConv2D", "kernel_size strides padding depth_multiplier"],
  ["MaxPooling1D MaxPooling2D MaxPooling3D", "pool_size strides padding"],
  ["AveragePooling1D AveragePooling2D AveragePooling3D", "pool_size strides padding"],
  ["Dropout", "rate noise_shape seed"],
  ["AlphaDropout", "rate noise_shape seed"],
  ["SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout", "rate"],
  ["GaussianNoise", "stddev seed"],
  ["BatchNormalization", "axis momentum epsilon center scale"],
  ["LayerNormalization", "axis epsilon center scale"],
  ["GroupNormalization", "groups axis epsilon"],
  ["LSTM GRU SimpleRNN", "units activation"],
  ["Bidirectional", "layer merge_mode"],
  ["TimeDistributed", "layer"],
  ["Reshape", "target_shape"],
  ["Permute", "dims"],
  ["RepeatVector", "n"],
  ["Flatten", "data_format"],
  ["ZeroPadding1D", "padding"],
  ["ZeroPadding2D ZeroPadding3D", "padding data_format"],
  ["Cropping1D Cropping2D Cropping3D", "cropping"],
  ["UpSampling1D UpSampling2D UpSampling3D", "size"],
  ["ReLU", "max_value negative_slope threshold"],
  ["LeakyReLU", "negative_slope"],
  ["ELU", "alpha"],
  ["Softmax", "axis"],
  ["Rescaling", "scale offset"],
  ["Resizing CenterCrop RandomCrop", "height width"],
  ["RandomFlip", "mode seed"],
  ["RandomRotation RandomContrast", "factor"],
  ["RandomTranslation RandomZoom", "height_factor width_factor"],
  ["InputLayer Input", "shape batch_size"],
  ["L1", "l1"],
  ["L2", "l2"],
  ["L1L2", "l1 l2"],
  ["Constant", "value"],
  ["RandomNormal TruncatedNormal", "mean stddev seed"],
  ["RandomUniform", "minval maxval seed"],
  ["GlorotUniform GlorotNormal HeUniform HeNormal LecunUniform LecunNormal", "seed"],
  ["MaxNorm", "max_value axis"],
  ["SGD", "learning_rate momentum"],
  ["Adam AdamW Adamax Nadam RMSprop Adagrad Adadelta Lion Ftrl", "learning_rate"],
];

/** The names of a class's first arguments, in order. */
export function positionsOf(className: string): readonly string[] {
  const row = rows.find(([classes]) => classes.split(" ").includes(className));
  return row === undefined ? [] : row[1].split(" ");
}
