/** Models and weights in files. Each part is loaded when it is first used. */
import type { DeviceName } from "../engine/device-options.ts";
import type { LoadPlace } from "../io/place.ts";
import type { CustomObjects } from "../train/from-config.ts";
import type { AnyModel } from "../train/model.ts";

/** Options of `loadModel`. */
export interface LoadModelOptions {
  /** Classes and functions of one's own by the names that the file holds. */
  readonly customObjects?: CustomObjects | undefined;
  /** Whether the model is compiled as it was when it was saved, with its optimizer's state. Default true. */
  readonly compile?: boolean | undefined;
  /** Where the compiled model computes, as in `compile`. Default "auto". */
  readonly device?: DeviceName | undefined;
  /** Worker threads of the CPU device, as in `compile`. */
  readonly threads?: number | undefined;
}

/**
 * Loads a whole model. Keras `saving.load_model`. The file's bytes say its format: a .keras archive, an .h5 file of Keras 1 to 3
 * or tf.keras, an .onnx file (docs/onnx.md), a folder with the files of an archive, or a model.json of TensorFlow.js, whose weights
 * lie beside it.
 *
 * @param where a path, URL, "indexeddb://name", "opfs://name", File, list of Files, Blob, bytes, handle or file of a store
 *   (`LoadPlace`)
 * @returns the model, with its weights; compiled where the file of Keras says how. Training goes on where it was. A model of an
 *   .onnx file takes and gives images with channels last, and is not compiled
 * @throws FormatError for a file that is damaged, or holds what fovea has not; InputOutputError when it cannot be read
 * @example
 * ```ts
 * import { loadModel, Sequential } from "fovea";
 * import { Dense } from "fovea/layers";
 * import { tmpdir } from "node:os";
 * await new Sequential([new Dense({ units: 2, inputShape: [3] })]).save(`${tmpdir()}/digits.keras`);
 * const model = await loadModel(`${tmpdir()}/digits.keras`);
 * model.outputShape; // [null, 2]
 * ```
 */
export async function loadModel(where: LoadPlace, options: LoadModelOptions = {}): Promise<AnyModel> {
  const { readModel } = await import("./load-model.ts");
  return readModel(where, options);
}
