/** Formats of files: by the ending of what is written, by the first bytes of what is read. */
import { ArgumentError, FormatError, FoveaError } from "../base/errors.ts";
import type { ByteSource } from "../io/byte-source.ts";
import { startsWith } from "../io/cursor.ts";
import { signature } from "../io/hdf5/superblock.ts";
import type { Place } from "../io/place.ts";
import { isSafetensors } from "./safetensors.ts";

export type ModelFormat = "archive" | "folder" | "legacy" | "tfjs" | "onnx";
export type WeightsFormat = "weights" | "sharded" | "safetensors" | "legacy";

/** The format of a whole model. @throws ArgumentError for an ending that has none */
export function modelFormat({ name, title }: Place): ModelFormat {
  if (name === undefined) return "folder";
  if (/\.(weights\.(h5|json)|safetensors)$/.test(name))
    throw new ArgumentError(
      `save: "${title}" is a file of weights alone. Call model.saveWeights("${title}"), or save the model as "….keras".`,
    );
  if (name.endsWith(".keras")) return "archive";
  if (/\.(h5|hdf5)$/.test(name)) return "legacy";
  if (name.endsWith(".json")) return "tfjs";
  if (name.endsWith(".onnx")) return "onnx";
  // A name in a browser's storage needs no ending.
  if (!name.includes(".") && title.includes("://")) return "archive";
  throw new ArgumentError(
    `save: "${title}" has an unknown ending; use ".keras" (Keras 3), ".h5" (Keras's old format), "model.json" (TensorFlow.js) or ".onnx".`,
  );
}

/** The format of a file of weights. @throws ArgumentError for an ending that has none */
export function weightsFormat({ name, title }: Place): WeightsFormat {
  if (name === undefined) throw new ArgumentError(`saveWeights: "${title}" is a folder; name a file in it.`);
  if (name.endsWith(".weights.h5")) return "weights";
  if (name.endsWith(".weights.json")) return "sharded";
  if (name.endsWith(".safetensors")) return "safetensors";
  if (/\.(h5|hdf5)$/.test(name)) return "legacy";
  if (!name.includes(".") && title.includes("://")) return "weights";
  const hint = name.endsWith(".keras") ? " model.save writes the whole model." : "";
  throw new ArgumentError(
    `saveWeights: "${title}" has an unknown ending; use ".weights.h5" (Keras 3), ".weights.json" (several files), ".safetensors" or ".h5" (Keras's old format).${hint}`,
  );
}

/** What a file is, by its first bytes. HDF5 may begin later; what reads it says when there is none. */
export async function kindOf(source: ByteSource): Promise<"zip" | "hdf5" | "json" | "safetensors" | "onnx"> {
  if (source.size === 0) throw new FormatError(`${source.name} is empty.`);
  const head = await source.read(0, Math.min(9, source.size));
  if (startsWith(head, "PK")) return "zip";
  if (startsWith(head, signature)) return "hdf5";
  if (isSafetensors(head, source.size) || source.name.endsWith(".safetensors")) return "safetensors";
  if (/^\s*\{/.test(String.fromCharCode(...head))) return "json";
  if (/\.(h5|hdf5)$/.test(source.name)) return "hdf5";
  if (source.name.endsWith(".onnx") || isOnnx(head)) return "onnx";
  const shown = String.fromCharCode(...head).replace(/[^ -~]/g, "·");
  throw new FormatError(
    `${source.name} is neither a .keras archive (zip) nor an HDF5, ONNX or .safetensors file: it begins with "${shown}". A page that a server sent instead of the file looks like this, too.`,
  );
}

/** An ONNX file has no signature; its first field is the version of its form, and the next ones are 2 (text) to 8. */
function isOnnx(head: Uint8Array): boolean {
  const [field, version = 0, next = 0] = head;
  return field === 8 && version >= 3 && version <= 20 && (next & 7) === 2 && next >= 0x12 && next <= 0x42;
}

/** Lets errors of a file's content name the file. */
export async function inFile<T>(title: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof FoveaError) || cause.message.includes(title)) throw cause;
    throw new FormatError(`${title}: ${cause.message}`, { cause });
  }
}
