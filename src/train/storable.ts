/**
 * Files of a model. They are `storage/`'s, which is above this floor and knows models; it is loaded when a file is asked for, so
 * that programs without files do not carry it. This is the one import that leads upward (.dependency-cruiser.cjs names it).
 */
import type { Nested } from "../base/structure.ts";
import type { LoadPlace, SavePlace } from "../io/place.ts";
import type { Sym } from "../ir/graph.ts";
import { Layer } from "../nn/layers/layer.ts";
import type { AnyModel } from "./model.ts";
import type { QuantizationMode, QuantizationReport, QuantizeOptions } from "./quantize.ts";

/** Options of `model.save`. */
export interface SaveOptions {
  /** Whether optimizer, losses and metrics, and the optimizer's state, are saved too. Default true. */
  readonly includeOptimizer?: boolean | undefined;
}

/** Options of `model.saveWeights`. */
export interface SaveWeightsOptions {
  /** For "….weights.json": the largest size of one file, in bytes. Default 5e9; a larger array has a file of its own. */
  readonly maxShardSize?: number | undefined;
}

/** Options of `model.loadWeights`. */
export interface LoadWeightsOptions {
  /** Leaves out weights whose number or shape differs, instead of throwing. Default false. */
  readonly skipMismatch?: boolean | undefined;
  /** Finds layers by their names instead of by their places; layers without a namesake stay as they are. Default false. */
  readonly byName?: boolean | undefined;
}

/** What `loadWeights` did. */
export interface LoadedWeights {
  /** Number of arrays that were set, the optimizer's included. */
  readonly loaded: number;
  /** What was left out, a sentence each; empty unless `skipMismatch` or `byName` allow it. */
  readonly skipped: readonly string[];
}

/** What callbacks need of `storage/`, loaded when the first file is due. */
export const checkpointFiles = () => import("../storage/checkpoint-files.ts");
export const runFiles = () => import("../storage/run-files.ts");

/** A layer that has files of its own: a model. */
export abstract class StorableLayer<O extends object, Y extends Nested<Sym>> extends Layer<O, Y> {
  /** Its layers have precisions of their own. */
  protected override get precision(): undefined {
    return undefined;
  }

  /**
   * Saves the whole model: architecture, weights and, once it is compiled, optimizer state, losses and metrics. Keras
   * `Model.save`.
   *
   * @param where a path, URL, handle or name (`SavePlace`). Its ending says the format: ".keras" (Keras 3), ".h5" (Keras's old
   *   format), "model.json" (TensorFlow.js) or ".onnx" (what the model computes; docs/onnx.md), both without what `compile` was
   *   given. A folder's handle gets the three files that a .keras archive holds
   * @throws ArgumentError for an ending without a format, and for what a file cannot hold; InputOutputError when it cannot be
   *   written
   * @example
   * ```ts
   * import { loadModel, Sequential } from "fovea";
   * import { Dense } from "fovea/layers";
   * import { tmpdir } from "node:os";
   * const model = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
   * await model.save(`${tmpdir()}/small.keras`);
   * const same = await loadModel(`${tmpdir()}/small.keras`);
   * ```
   */
  async save(where: SavePlace, options: SaveOptions = {}): Promise<void> {
    const { saveModel } = await import("../storage/save-model.ts");
    await saveModel(this as unknown as AnyModel, where, options);
  }

  /**
   * Saves the weights, and the state of a compiled model's optimizer. Keras `Model.save_weights`.
   *
   * @param where as in `save`; endings: ".weights.h5" (Keras 3), ".weights.json" (several files and a list of them),
   *   ".safetensors" (weights alone, without the optimizer's state), ".h5" (old)
   */
  async saveWeights(where: SavePlace, options: SaveWeightsOptions = {}): Promise<void> {
    const { saveWeights } = await import("../storage/save-model.ts");
    await saveWeights(this as unknown as AnyModel, where, options);
  }

  /**
   * Keeps weights smaller, in memory and in files, and reports the error that it makes. The numbers are computed with in float32 as
   * before: where a prediction prepares what follows from weights alone (CPU), they are made float32 once, else in each step.
   *
   * - "int8": one byte a weight, with a scale for each channel: q = round(w · s), s = 127 / (max |w| + 1e-7). Keras
   *   `Model.quantize("int8", config=Int8QuantizationConfig(activation_quantizer=None))`, in the layers that Keras has it for:
   *   Dense, EinsumDense, Embedding, ReversibleEmbedding; with `activations` what Keras's `quantize("int8")` does. Not in Keras:
   *   the convolutions, whose kernels are quantized in the same way. A .keras file with int8 convolutions cannot be opened there;
   *   `filters` leaves them out. Layers inside of others (attention) stay float32, since configs do not tell of them.
   * - "float16" (not in Keras): two bytes a weight, of all layers' weights with two or more axes. Keras opens the files, and
   *   computes in float32.
   *
   * Weights of one axis (biases, normalization) stay float32. Quantized weights do not train (`dequantize`, or
   * `layer.trainable = false`), and `getWeights` gives them as float32.
   *
   * @returns for each layer the largest relative error of its weights, and bytes; with `data` the gap between predictions, with
   *   `labels` the accuracies
   * @throws StateError for a model that is not built, is training, or has quantized these layers already; ArgumentError for NaN and
   *   infinities, and for magnitudes above 65504 with "float16". Nothing is changed then
   * @example
   * ```ts
   * import { Sequential } from "fovea";
   * import { Dense } from "fovea/layers";
   * const model = new Sequential([new Dense({ units: 64, inputShape: [100] })]);
   * const report = await model.quantize("int8");
   * report.bytes; // { before: 25856, after: 6912 }
   * ```
   */
  async quantize(mode: QuantizationMode, options: QuantizeOptions = {}): Promise<QuantizationReport> {
    const { quantizeModel } = await import("./quantize.ts");
    return quantizeModel(this as unknown as AnyModel, mode, options);
  }

  /** Keeps weights that are quantized as float32 again: the rounded numbers, which can be trained. */
  async dequantize(): Promise<void> {
    const { dequantizeModel } = await import("./quantize.ts");
    dequantizeModel(this as unknown as AnyModel);
  }

  /**
   * Loads weights into a model that is built; nothing is set when one does not fit. Keras `Model.load_weights`.
   *
   * @param where a place (`LoadPlace`) that holds weights in any of the formats of `save` and `saveWeights`
   * @throws FormatError for a damaged file and for weights that do not fit; InputOutputError when there is none
   */
  async loadWeights(where: LoadPlace, options: LoadWeightsOptions = {}): Promise<LoadedWeights> {
    const { loadWeights } = await import("../storage/load-weights.ts");
    return loadWeights(this as unknown as AnyModel, where, options);
  }
}
