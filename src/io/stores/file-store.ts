/** Where files are kept. One's own store is an object with the first two of these methods. */
import type { ByteSource } from "../byte-source.ts";

/** A file that is to be written. */
export interface FileToWrite {
  readonly name: string;
  readonly pieces: Iterable<Uint8Array>;
}

/**
 * Files by name: a folder, a browser's storage, or a place of one's own.
 *
 * @example
 * ```ts
 * import { type FileStore, memorySource, Sequential } from "fovea";
 * import { Dense } from "fovea/layers";
 * const files = new Map<string, Uint8Array>();
 * const store: FileStore = {
 *   async open(name) {
 *     const bytes = files.get(name);
 *     return bytes === undefined ? undefined : memorySource(name, bytes);
 *   },
 *   async write(name, pieces) {
 *     files.set(name, new Uint8Array(await new Blob([...pieces]).arrayBuffer()));
 *   },
 * };
 * await new Sequential([new Dense({ units: 2, inputShape: [3] })]).save({ store, name: "model.keras" });
 * files.has("model.keras"); // true
 * ```
 */
export interface FileStore {
  /** The file of this name; undefined when there is none. */
  open(name: string): Promise<ByteSource | undefined>;
  /**
   * Writes all pieces, one after the other, in the place of an older file of this name. A reader must see the whole of the old
   * file or of the new one. The pieces are views of a model's memory: they must be written or copied before the promise settles.
   */
  write(name: string, pieces: Iterable<Uint8Array>): Promise<void>;
  /**
   * Writes files that belong together, such as the shards of a model's weights, all of them before the first takes the place of an
   * older one. Without it they are written one by one, and a failure in between leaves some of the old and some of the new.
   */
  writeAll?(files: readonly FileToWrite[]): Promise<void>;
  /**
   * Adds pieces at the end of the file of this name, which is made where it is missing. Without it `TensorBoard` reads
   * the file and writes the whole of it anew.
   */
  append?(name: string, pieces: Iterable<Uint8Array>): Promise<void>;
  /** Removes the file of this name, if there is one. `BackupAndRestore` asks for it when training has ended. */
  remove?(name: string): Promise<void>;
}

/** Writes files that belong together, as safely as the store can. */
export async function writeTogether(store: FileStore, files: readonly FileToWrite[]): Promise<void> {
  if (store.writeAll !== undefined) await store.writeAll(files);
  else for (const { name, pieces } of files) await store.write(name, pieces);
}
