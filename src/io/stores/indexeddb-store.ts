/** Files in a browser's IndexedDB: one database, one table, Blobs by name. */
import { InputOutputError } from "../../base/errors.ts";
import { blobOf, blobSource } from "../byte-source.ts";
import type { FileStore } from "./file-store.ts";

const TABLE = "files";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function openDatabase(): Promise<IDBDatabase> {
  const factory: IDBFactory | undefined = globalThis.indexedDB;
  if (factory === undefined)
    throw new InputOutputError("indexeddb:// needs the IndexedDB of a browser. In Node use a path.");
  const request = factory.open("fovea", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(TABLE);
  };
  return settled(request);
}

/** Opens the database for one piece of work, and closes it. */
async function withDatabase<T>(what: string, work: (database: IDBDatabase) => Promise<T>): Promise<T> {
  let database: IDBDatabase | undefined;
  try {
    database = await openDatabase();
    return await work(database);
  } catch (cause) {
    if (cause instanceof InputOutputError) throw cause;
    throw new InputOutputError(`Cannot ${what}: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  } finally {
    database?.close();
  }
}

export function indexedDbStore(): FileStore {
  return {
    open: (name) =>
      withDatabase(`read "indexeddb://${name}"`, async (database) => {
        const found: unknown = await settled(database.transaction(TABLE).objectStore(TABLE).get(name));
        return found instanceof Blob ? blobSource(`indexeddb://${name}`, found) : undefined;
      }),
    write: (name, pieces) =>
      withDatabase(`write "indexeddb://${name}"`, async (database) => {
        const transaction = database.transaction(TABLE, "readwrite");
        transaction.objectStore(TABLE).put(blobOf(pieces), name);
        // A transaction is whole or nothing.
        await new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve();
          transaction.onabort = () => reject(transaction.error);
        });
      }),
    remove: (name) =>
      withDatabase(`remove "indexeddb://${name}"`, async (database) => {
        await settled(database.transaction(TABLE, "readwrite").objectStore(TABLE).delete(name));
      }),
  };
}
