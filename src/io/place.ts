/** What may be written for a place to save to or to load from. */
import { ArgumentError, InputOutputError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { builtin, isNode } from "../base/node.ts";
import { type ByteSource, blobSource, memorySource } from "./byte-source.ts";
import { diskStore, makeFolder, removeFolder, removeLeftovers, splitPath } from "./stores/disk-store.ts";
import type { FileStore } from "./stores/file-store.ts";
import {
  type DirectoryHandle,
  type FileHandle,
  folderIn,
  handleStore,
  privateFolder,
  writeHandle,
} from "./stores/handle-store.ts";
import { indexedDbStore } from "./stores/indexeddb-store.ts";
import { ownStore } from "./stores/own-store.ts";
import { downloadStore, webStore } from "./stores/web-stores.ts";

/** A file of a store of one's own. */
export interface StoredFile {
  readonly store: FileStore;
  readonly name: string;
}

/**
 * A place to save to:
 *
 * - a path, or a `file:` URL, in Node
 * - "indexeddb://name", "opfs://name", "downloads://name" in a browser
 * - a handle of a file or folder that the user chose in a browser
 * - a file of a store of one's own
 */
export type SavePlace = string | URL | DirectoryHandle | FileHandle | StoredFile;

/** A file that a user chose in a browser. */
export type ChosenFile = Blob & { readonly name: string };

/** A place to load from: one to save to (but downloads), an address of the web, bytes, or all files of a model (a FileList). */
export type LoadPlace = SavePlace | Blob | ArrayBuffer | Uint8Array | Iterable<ChosenFile>;

/** A place that was found. */
export interface Place {
  readonly store: FileStore;
  /** Name of the file in the store; undefined where the store is a model's own folder. */
  readonly name: string | undefined;
  /** For messages. */
  readonly title: string;
}

const schemes: Readonly<Record<string, (name: string) => FileStore | Promise<FileStore>>> = {
  "indexeddb:": () => indexedDbStore(),
  "opfs:": async () => handleStore(await privateFolder(), "opfs:/"),
  "downloads:": () => downloadStore(),
};

const isHandle = (where: object): where is DirectoryHandle | FileHandle =>
  "kind" in where && (where.kind === "directory" || where.kind === "file");

/** @throws ArgumentError for what is no place; InputOutputError for one that this host has not */
export async function placeOf(who: string, where: LoadPlace): Promise<Place> {
  if (where instanceof URL) return urlPlace(who, where);
  if (typeof where === "string" && where !== "") {
    const scheme = /^[a-z]{2,}:(?=\/\/)/.exec(where)?.[0];
    return scheme === undefined ? pathPlace(where) : textPlace(who, where, scheme);
  }
  if (where instanceof Blob) {
    const name = "name" in where && typeof where.name === "string" && where.name !== "" ? where.name : "The Blob";
    return bytesPlace(blobSource(name, where), name);
  }
  if (where instanceof ArrayBuffer) return bytesPlace(memorySource("The ArrayBuffer", new Uint8Array(where)));
  if (ArrayBuffer.isView(where) && where.buffer instanceof ArrayBuffer)
    return bytesPlace(memorySource("The array", new Uint8Array(where.buffer, where.byteOffset, where.byteLength)));
  if (typeof where === "object" && where !== null) {
    if ("store" in where && "name" in where && typeof where.name === "string")
      return { store: ownStore(who, where.store), name: where.name, title: where.name };
    if (isHandle(where)) return handlePlace(where);
    if (Symbol.iterator in where) {
      const files: readonly unknown[] = [...where];
      if (files.length > 0 && files.every(isChosenFile)) return filesPlace(who, files);
    }
  }
  throw new ArgumentError(
    `${who}: the place is ${formatValue(where)}, expected a path, a URL, "indexeddb://name", "opfs://name", "downloads://name", a file or directory handle, { store, name }, or bytes or a list of Files to load from.`,
  );
}

const isChosenFile = (value: unknown): value is ChosenFile =>
  value instanceof Blob && "name" in value && typeof value.name === "string";

/** Several files, as a folder: the one that names the others is the model's. */
function filesPlace(who: string, files: readonly ChosenFile[]): Place {
  const named = new Map(files.map((file) => [file.name, file]));
  const store: FileStore = {
    open: async (name) => {
      const file = named.get(name);
      return file === undefined ? undefined : blobSource(name, file);
    },
    write: async () => {
      throw new ArgumentError("Files that were chosen can be loaded from, not saved to.");
    },
  };
  const names = [...named.keys()];
  const lists = names.filter((name) => name === "model.json" || name.endsWith(".weights.json"));
  const name = names.length === 1 ? names[0] : lists.length === 1 ? lists[0] : undefined;
  if (name !== undefined) return { store, name, title: name };
  if (named.has("config.json")) return { store, name, title: `The folder of ${names.join(", ")}` };
  throw new ArgumentError(
    `${who}: the files are ${names.join(", ")}; pass one file of a model, or a model.json and the files of its weights.`,
  );
}

/** A folder for files of names that the caller chooses. */
export interface FolderPlace {
  readonly store: FileStore;
  /** For messages. */
  readonly title: string;
  /** Makes the folder where it is missing, and clears what killed writers of these files have left in it. */
  enter(names: readonly string[]): Promise<void>;
  /** Removes the folder if nothing else is in it, and what killed writers of these files have left. */
  leave(names: readonly string[]): Promise<void>;
  /** The folder of this name in it. */
  folder(name: string): Promise<FolderPlace>;
}

/** A writer that has not touched its file for an hour was killed. */
const LEFT_MS = 3_600_000;

/**
 * The folder that a place names. Where the store has no folders ("opfs://name", "indexeddb://name", { store, name }), the place's
 * name stands in front of the names of the files.
 *
 * @throws ArgumentError for a place that has no room for several files
 */
export async function folderOf(who: string, where: SavePlace): Promise<FolderPlace> {
  const disk = diskPathOf(where);
  if (disk !== undefined) return diskFolder(disk.path);
  if (typeof where === "object" && where !== null && isHandle(where)) {
    if (where.kind === "file") throw new ArgumentError(`${who}: "${where.name}" is a file, expected a folder.`);
    return handleFolder(where, where.name);
  }
  const { store, name, title } = await placeOf(who, where);
  if (name === undefined)
    throw new ArgumentError(`${who}: ${title} can be loaded from, expected a folder to write to.`);
  return namedFolder(store, name, title);
}

/** Of a folder that need not be made. */
const madeBefore = { enter: async () => {}, leave: async () => {} };

function diskFolder(path: string): FolderPlace {
  return {
    store: diskStore(path),
    title: path,
    enter: async (names) => {
      await makeFolder(path);
      await removeLeftovers(path, names, LEFT_MS);
    },
    leave: async (names) => {
      await removeLeftovers(path, names, 0);
      await removeFolder(path);
    },
    folder: async (name) => diskFolder(builtin("node:path").join(path, name)),
  };
}

function handleFolder(handle: DirectoryHandle, title: string): FolderPlace {
  return {
    store: handleStore(handle, title),
    title,
    ...madeBefore,
    folder: async (name) => handleFolder(await folderIn(handle, name, title), `${title}/${name}`),
  };
}

/** A folder in a store without folders: its name stands in front of those of the files. */
function namedFolder(store: FileStore, folder: string, title: string): FolderPlace {
  const { append, remove } = store;
  const named = (name: string) => `${folder}.${name}`;
  return {
    store: {
      open: (name) => store.open(named(name)),
      write: (name, pieces) => store.write(named(name), pieces),
      ...(append === undefined ? {} : { append: (name, pieces) => append.call(store, named(name), pieces) }),
      ...(remove === undefined ? {} : { remove: (name) => remove.call(store, named(name)) }),
    },
    title,
    ...madeBefore,
    folder: async (name) => namedFolder(store, named(name), title),
  };
}

/** The path that a place is on a disk, in Node; undefined for other places. */
export function diskPathOf(where: LoadPlace): { readonly path: string; readonly folder: string } | undefined {
  if (!isNode()) return undefined;
  const isFileUrl =
    where instanceof URL ? where.protocol === "file:" : typeof where === "string" && where.startsWith("file://");
  const isPath = typeof where === "string" && !/^[a-z]{2,}:\/\//.test(where);
  if (!isFileUrl && !isPath) return undefined;
  const path = isFileUrl ? builtin("node:url").fileURLToPath(where as string | URL) : (where as string);
  return { path, folder: builtin("node:path").dirname(path) };
}

async function pathPlace(path: string): Promise<Place> {
  const { folder, name, isFolder } = await splitPath(path);
  return isFolder
    ? { store: diskStore(path), name: undefined, title: path }
    : { store: diskStore(folder), name, title: path };
}

async function textPlace(who: string, where: string, scheme: string): Promise<Place> {
  const make = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined;
  if (make === undefined) {
    if (!URL.canParse(where)) throw new ArgumentError(`${who}: ${formatValue(where)} is not a valid address.`);
    return urlPlace(who, new URL(where));
  }
  const name = where.slice(scheme.length + 2);
  if (name === "" || name.includes("/"))
    throw new ArgumentError(`${who}: ${formatValue(where)} needs a name without "/" behind ${scheme}//.`);
  return { store: await make(name), name, title: where };
}

async function urlPlace(who: string, url: URL): Promise<Place> {
  if (url.protocol === "file:") {
    if (isNode()) return pathPlace(builtin("node:url").fileURLToPath(url));
    throw new InputOutputError(`${url}: a browser reads no files by their paths; let the user choose the file.`);
  }
  if (!["http:", "https:", "data:", "blob:"].includes(url.protocol))
    throw new ArgumentError(
      `${who}: ${url.protocol} addresses are not known; use https:, file:, indexeddb:, opfs: or downloads:.`,
    );
  const isWeb = url.protocol.startsWith("http");
  if (!isWeb) {
    const blob = await fetch(url).then((response) => response.blob());
    return bytesPlace(blobSource(`The ${url.protocol} address`, blob));
  }
  const name = url.pathname.split("/").at(-1)!;
  return { store: webStore(new URL(".", url)), name: `${name}${url.search}`, title: url.href };
}

/** One file, which is read only. */
function bytesPlace(source: ByteSource, title = source.name): Place {
  const store: FileStore = {
    open: async (name) => (name === title ? source : undefined),
    write: async () => {
      throw new ArgumentError(`${title} can be loaded from, not saved to.`);
    },
  };
  return { store, name: title, title };
}

function handlePlace(handle: DirectoryHandle | FileHandle): Place {
  const { name } = handle;
  if (handle.kind === "directory") return { store: handleStore(handle, name), name: undefined, title: name };
  const store: FileStore = {
    open: async (asked) => (asked === name ? blobSource(name, await handle.getFile()) : undefined),
    write: (_name, pieces) => writeHandle(handle, pieces),
  };
  return { store, name, title: name };
}

/** The place's file, or one beside it. @throws InputOutputError when there is none */
export async function openFileOf(place: Place, name: string): Promise<ByteSource> {
  const source = await place.store.open(name);
  if (source === undefined) {
    const where = name === place.name ? place.title : `${name} beside ${place.title}`;
    throw new InputOutputError(`There is no file ${where}.`);
  }
  return source;
}

/** Lets `read` use a source, and closes it. */
export async function using<T>(source: ByteSource, read: (source: ByteSource) => Promise<T>): Promise<T> {
  try {
    return await read(source);
  } finally {
    await source.close();
  }
}

/** Adds pieces at the end of a file, as cheaply as the store can. */
export async function appendTo(store: FileStore, name: string, pieces: readonly Uint8Array[]): Promise<void> {
  if (store.append !== undefined) return store.append(name, pieces);
  const source = await store.open(name);
  const before = source === undefined ? [] : [await using(source, ({ size }) => source.read(0, size))];
  await store.write(name, [...before, ...pieces]);
}
