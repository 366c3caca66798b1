/** What station 12 asks the engine: the network as files and as code. */
import { type FileStore, memorySource, type Sequential } from "fovea";
import { writePython, writeTypeScript } from "fovea/code";
import { copyNetwork } from "../../engine/make-network.ts";
import type { WeightsAt } from "../../engine/protocol.ts";
import type { Task } from "../../engine/tasks.ts";
import { type FormatName, formatNames, formats } from "./state.ts";

export interface NetworkFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The files of one format, of a copy that is not compiled: the optimizer of what is looked at is not the run's. */
async function filesOf(model: Sequential, format: FormatName): Promise<readonly NetworkFile[]> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const store: FileStore = {
    open: async (name) => {
      const bytes = files.get(name);
      return bytes === undefined ? undefined : memorySource(name, bytes);
    },
    write: async (name, pieces) => {
      const parts = Array.from(pieces, (piece) => piece.slice());
      files.set(name, new Uint8Array(await new Blob(parts).arrayBuffer()));
    },
  };
  const copy = copyNetwork(model);
  const place = { store, name: formats[format].file };
  if (format === "weights" || format === "safetensors") await copy.saveWeights(place);
  else await copy.save(place);
  return [...files].map(([name, bytes]) => ({ name, bytes }));
}

export interface SaveInput {
  readonly at: WeightsAt;
  readonly format: FormatName;
}

export const save: Task<SaveInput, readonly NetworkFile[]> = ({ at, format }, { withModel, signal }) =>
  withModel(at, (model) => {
    signal.throwIfAborted();
    return filesOf(model, format);
  });

export interface Offer {
  /** Bytes of all files of the format; a text where the network cannot be written so. */
  readonly sizes: Readonly<Record<FormatName, number | string>>;
  readonly typescript: string;
  readonly python: string;
}

/** What can be saved, and how large it is: each format is written once, and measured. */
export const offer: Task<{ readonly at: WeightsAt }, Offer> = ({ at }, { withModel, signal }) =>
  withModel(at, async (model) => {
    const sizes: Partial<Record<FormatName, number | string>> = {};
    for (const format of formatNames) {
      signal.throwIfAborted();
      try {
        const files = await filesOf(model, format);
        sizes[format] = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
      } catch (error) {
        sizes[format] = error instanceof Error ? error.message : String(error);
      }
    }
    return {
      sizes: sizes as Readonly<Record<FormatName, number | string>>,
      typescript: writeTypeScript(model),
      python: writePython(model),
    };
  });
