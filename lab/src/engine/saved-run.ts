/** The run that this browser keeps, so that a page that was closed can go on: one record of an IndexedDB. */
import type { RunOptions, RunStep, RunTest } from "./protocol.ts";

export interface RunRecord {
  readonly options: RunOptions;
  readonly step: number;
  readonly totalSteps: number;
  readonly learningRate: number;
  readonly steps: readonly RunStep[];
  readonly tests: readonly RunTest[];
  /** In the order of `model.getWeights()`. */
  readonly weights: readonly Float32Array[];
  /** In the order of `optimizer.variables`. */
  readonly optimizer: readonly Float32Array[];
}

const STORE = "runs";
const KEY = "last";

/** @throws Error where there is no IndexedDB, or where the browser forbids it (private windows) */
function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    if (typeof indexedDB === "undefined") return reject(new Error("No run is kept here: there is no IndexedDB."));
    const request = indexedDB.open("fovea-lab", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(`This browser keeps nothing: ${request.error?.message ?? "no reason"}`));
  });
}

async function withStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("The browser did not store the run."));
    });
  } finally {
    database.close();
  }
}

/** Undefined where no run is kept. */
export const readRecord = (): Promise<RunRecord | undefined> =>
  withStore("readonly", (store) => store.get(KEY) as IDBRequest<RunRecord | undefined>);

export const writeRecord = (record: RunRecord): Promise<unknown> =>
  withStore("readwrite", (store) => store.put(record, KEY));

export const forgetRecord = (): Promise<unknown> => withStore("readwrite", (store) => store.delete(KEY));
