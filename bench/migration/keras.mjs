// @ts-check
/** What Python's Keras has besides classes and functions of the same names: how it is written here. */

/**
 * A counterpart: what is written here, and the exports that it needs ("layers Layer"), which a test looks up. `lacks`: there is none, and why.
 *
 * @typedef {{ write: string, needs?: readonly string[], lacks?: undefined } | { lacks: string, write?: undefined, needs?: undefined }} Counterpart
 */

/** By the names of ../shared/reference/usage.md, without "pattern.". @type {Readonly<Record<string, Counterpart>>} */
export const patterns = {
  "fit(dataset or generator)": {
    write: "`await model.fit(dataset)`: a `Dataset`, a `PyDataset`, any iterable, a generator function",
    needs: ["datasets Dataset"],
  },
  "model called like a layer (nested)": { write: "`model.apply(x)`, or the model in a `Sequential`" },
  "model(x) in own classes and loops": {
    write: "`this.encoder.call(x)` in `call` and `trainStep`; on numbers `model.predict(x)`",
  },
  "call(…, training=) in own classes and loops": { write: "`layer.call(x, { training })`" },
  "apply(…, training=) outside classes": { write: "`layer.apply(x, { training: false })`" },
  "class extends Layer": {
    write: "`class Mine extends Layer`: `build`, `call`, `static options`",
    needs: ["layers Layer"],
  },
  "class extends Model": { write: "`class Mine extends Model`: `call`", needs: [" Model"] },
  "class extends Loss": { write: "`class Mine extends Loss`: `call`", needs: ["losses Loss"] },
  "class extends Regularizer": {
    write: "`class Mine extends Regularizer`: `call`",
    needs: ["regularizers Regularizer"],
  },
  "class extends PyDataset": { write: "`class Mine extends PyDataset`: `length`, `get(i)`", needs: [" PyDataset"] },
  "custom loss function": { write: "`loss: (yTrue, yPred) => …` of functions of `fovea/ops`" },
  "custom metric function": { write: "`metrics: [(yTrue, yPred) => …]`" },
  "Model.train_step": { write: "`override trainStep(batch, step)`, compiled once" },
  "Model.test_step": { write: "`override testStep(batch, step)`" },
  "Model.compute_loss": { write: "`override computeLoss({ x, y, yPred })`" },
  ".compute_loss": { write: "`this.computeLoss({ x, y, yPred })`" },
  ".apply_gradients": { write: "`step.minimize(loss, weights, optimizer)`, or `step.gradients` and `step.apply`" },
  ".add_weight": { write: '`this.addWeight({ name: "kernel", shape })`' },
  ".adapt": { write: "`await layer.adapt(data)`" },
  ".get_vocabulary": { write: "`layer.getVocabulary()`" },
  ".save": { write: '`await model.save("model.keras")`' },
  ".save_weights": { write: '`await model.saveWeights("model.weights.h5")`' },
  ".load_weights": { write: '`await model.loadWeights("model.weights.h5")`' },
  "models.load_model": { write: '`await loadModel("model.keras")`', needs: [" loadModel"] },
  "models.clone_model": { write: "`cloneModel(model)`", needs: [" cloneModel"] },
  "attr.input": { write: "`layer.input`" },
  "attr.inputs": { write: "`model.inputs`" },
  "attr.output": { write: "`layer.output`" },
  "attr.trainable= (model)": { write: "`model.trainable = false`" },
  "attr.trainable_variables": { write: "`model.trainableWeights`" },
  "attr.trainable_weights": { write: "`model.trainableWeights`" },
  "Input with unknown sizes (None)": { write: "`input({ shape: [null, null, 3] })`", needs: [" input"] },
  "Model with several inputs": {
    write: "`new Model({ inputs: [a, b], outputs })`, or `{ inputs: { a, b }, outputs }`",
    needs: [" Model"],
  },
  "Model with several outputs": {
    write: "`new Model({ inputs, outputs: { a, b } })`; `predict` gives the same record",
    needs: [" Model"],
  },
  "operators on KerasTensors (x + y, x * y)": {
    write: "`ops.add(x, y)`, `ops.multiply(x, y)`",
    needs: ["ops add", "ops multiply"],
  },
  "layer called on numbers (eager)": { write: "`await layer.run(x)`" },
  "Callback uses this.model.predict/optimizer/layers/save …": {
    write: "`this.model` is the model itself",
    needs: ["callbacks Callback"],
  },
  "arg:Conv2D.kernel_regularizer": { write: "`kernelRegularizer: new L2({ l2: 1e-4 })`", needs: ["regularizers L2"] },
  "arg:Dense.activity_regularizer": { write: "`activityRegularizer`" },
  "arg:Input.dtype=bool": { write: '`input({ shape, dtype: "int32" })`: masks are numbers', needs: [" input"] },
  "applications.preprocess_input": {
    write: "`resnet.preprocessInput(images)` of `fovea/applications`: each architecture has its own module",
  },
  "applications.decode_predictions": { write: "`resnet.decodePredictions(scores)`" },
  "initializers.get": { write: "a name or an object, wherever an initializer is taken" },
  "regularizers.get": { write: "a name or an object, wherever a regularizer is taken" },
  "ops.convert_to_numpy": { write: "`tensor.data`, `tensor.toArray()`", needs: [" Tensor"] },
};

/** Functions of Keras whose counterpart has another name or place. @type {Readonly<Record<string, Counterpart>>} */
export const renamed = {
  "keras.utils.set_random_seed": { write: "`setSeed` of `fovea`", needs: [" setSeed"] },
  "keras.utils.clear_session": { write: "`clearSession` of `fovea`", needs: [" clearSession"] },
  "keras.config.set_dtype_policy": {
    write: "`setDtypePolicy` of `fovea` (computed in float32)",
    needs: [" setDtypePolicy"],
  },
  "keras.models.model_from_json": { write: "`modelFromJSON` of `fovea`", needs: [" modelFromJSON"] },
  "keras.Input": { write: "`input`, or `Input`, of `fovea`", needs: [" input", " Input"] },
  "keras.utils.model_to_dot": { write: "`plotModel` of `fovea/utils` gives a scene", needs: ["utils plotModel"] },
  "keras.utils.Sequence": { write: "`PyDataset` of `fovea`", needs: [" PyDataset"] },
  "tf.data.Dataset": {
    write: "`Dataset` of `fovea/datasets`: `from map batch shuffle repeat take skip cache prefetch`",
    needs: ["datasets Dataset"],
  },
  "tf.function": { write: "`jit` of `fovea`", needs: [" jit"] },
  "tf.GradientTape": { write: "`gradients`, `valueAndGrad` of `fovea`", needs: [" gradients", " valueAndGrad"] },
};

/** Where Keras's namespaces are. @type {readonly (readonly [python: string, subpath: string])[]} */
export const namespaces = [
  ["keras.layers", "layers"],
  ["keras.losses", "losses"],
  ["keras.metrics", "metrics"],
  ["keras.optimizers", "optimizers"],
  ["keras.optimizers.schedules", "schedules"],
  ["keras.callbacks", "callbacks"],
  ["keras.initializers", "initializers"],
  ["keras.regularizers", "regularizers"],
  ["keras.constraints", "constraints"],
  ["keras.applications", "applications"],
  ["keras.ops", "ops"],
  ["keras.utils", "utils"],
];
