/** Files in a folder that a browser gave access to: one that the user chose, or one of the origin's private file system. */
import { InputOutputError } from "../../base/errors.ts";
import { blobSource } from "../byte-source.ts";
import type { FileStore } from "./file-store.ts";

/** A browser's `FileSystemFileHandle`, as far as it is needed. */
export interface FileHandle {
  readonly kind: "file";
  readonly name: string;
  getFile(): Promise<Blob>;
  createWritable(): Promise<{
    /** Bytes, whose type differs from one version of TypeScript's DOM to the next. */
    write(bytes: never): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}

/** A browser's `FileSystemDirectoryHandle`, as far as it is needed. */
export interface DirectoryHandle {
  readonly kind: "directory";
  readonly name: string;
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<FileHandle>;
  getDirectoryHandle?(name: string, options?: { readonly create?: boolean }): Promise<DirectoryHandle>;
  removeEntry?(name: string): Promise<void>;
}

const isMissing = (error: unknown) => error instanceof DOMException && error.name === "NotFoundError";

const failure = (what: string, name: string, cause: unknown) =>
  new InputOutputError(`Cannot ${what} "${name}": ${cause instanceof Error ? cause.message : String(cause)}.`, {
    cause,
  });

/** @param title names the folder in messages */
export function handleStore(folder: DirectoryHandle, title: string): FileStore {
  return {
    async open(name) {
      try {
        const file = await (await folder.getFileHandle(name)).getFile();
        return blobSource(`${title}/${name}`, file);
      } catch (cause) {
        if (isMissing(cause)) return undefined;
        throw failure("read", `${title}/${name}`, cause);
      }
    },
    async write(name, pieces) {
      try {
        await writeHandle(await folder.getFileHandle(name, { create: true }), pieces);
      } catch (cause) {
        throw failure("write", `${title}/${name}`, cause);
      }
    },
    async remove(name) {
      try {
        await folder.removeEntry?.(name);
      } catch (cause) {
        if (!isMissing(cause)) throw failure("remove", `${title}/${name}`, cause);
      }
    },
  };
}

/** The folder of this name in a folder; it is made where it is missing. @param title names the folder in messages */
export async function folderIn(folder: DirectoryHandle, name: string, title: string): Promise<DirectoryHandle> {
  if (folder.getDirectoryHandle === undefined)
    throw new InputOutputError(
      `"${title}" has no method getDirectoryHandle, so that no folder "${name}" can be made in it.`,
    );
  try {
    return await folder.getDirectoryHandle(name, { create: true });
  } catch (cause) {
    throw failure("make the folder", `${title}/${name}`, cause);
  }
}

/** The stream writes into a copy, which takes the file's place when it is closed. */
export async function writeHandle(handle: FileHandle, pieces: Iterable<Uint8Array>): Promise<void> {
  const stream = await handle.createWritable();
  try {
    for (const piece of pieces) await stream.write(piece as never);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined);
    throw error;
  }
}

/** The private file system of this page's origin, which no other page sees. */
export async function privateFolder(): Promise<DirectoryHandle> {
  const storage: StorageManager | undefined = globalThis.navigator?.storage;
  if (typeof storage?.getDirectory !== "function")
    throw new InputOutputError(
      'opfs:// needs the private file system of a browser, on a page served over https or from localhost. In Node use a path; "indexeddb://name" works in older browsers.',
    );
  return storage.getDirectory();
}
