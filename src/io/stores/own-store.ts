/** A store of the user's own: what it gives is checked, and becomes plain bytes. */
import { ArgumentError, InputOutputError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type ByteSource, checkRange } from "../byte-source.ts";
import type { FileStore } from "./file-store.ts";

/** @throws ArgumentError for what has not the methods of a store */
export function ownStore(who: string, store: unknown): FileStore {
  const made = store as FileStore;
  if (
    typeof store !== "object" ||
    store === null ||
    typeof made.open !== "function" ||
    typeof made.write !== "function"
  )
    throw new ArgumentError(
      `${who}: the store is ${formatValue(store)}, expected an object with the methods open(name) and write(name, pieces).`,
    );
  const { append, remove, writeAll } = made;
  return {
    open: async (name) => {
      const source: unknown = await made.open(name);
      return source === undefined ? undefined : checkedSource(name, source);
    },
    write: (name, pieces) => made.write(name, pieces),
    ...(writeAll === undefined ? {} : { writeAll: (files) => writeAll.call(made, files) }),
    ...(append === undefined ? {} : { append: (name, pieces) => append.call(made, name, pieces) }),
    ...(remove === undefined ? {} : { remove: (name: string) => remove.call(made, name) }),
  };
}

function checkedSource(name: string, source: unknown): ByteSource {
  const { size, read, close } = (source ?? {}) as Partial<ByteSource>;
  const isSize = Number.isSafeInteger(size) && size! >= 0;
  if (!isSize || typeof read !== "function" || typeof close !== "function")
    throw new InputOutputError(
      `${name}: the store's open gave ${formatValue(source)}, expected undefined or { name, size, read, close }; memorySource makes it of bytes.`,
    );
  const own = source as ByteSource;
  const checked: ByteSource = {
    name: typeof own.name === "string" && own.name !== "" ? own.name : name,
    size: size!,
    async read(offset, length) {
      checkRange(checked, offset, length);
      const bytes: unknown = await own.read(offset, length);
      if (bytes instanceof Uint8Array && bytes.length === length)
        // Node's Buffer is a Uint8Array whose slice shares its memory.
        return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
      const found = bytes instanceof Uint8Array ? `${bytes.length} bytes` : formatValue(bytes);
      throw new InputOutputError(
        `${checked.name}: the store gave ${found} for bytes ${offset} to ${offset + length}, expected a Uint8Array of ${length}.`,
      );
    },
    close: async () => own.close(),
  };
  return checked;
}
