/** Folders to read: on a disk in Node, or one that the user chose in a browser. */
import { ArgumentError, InputOutputError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { builtin, isNode } from "../../base/node.ts";
import type { DirectoryHandle } from "../../io/stores/handle-store.ts";

/** A folder: a path or `file:` URL in Node, or a directory handle. */
export type FolderPlace = string | URL | DirectoryHandle;

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** A symbolic link; what it points to says whether it is a folder. */
  readonly isLink: boolean;
}

/** Paths within it are relative, with "/" between names; "" is the folder itself. */
export interface Folder {
  /** For messages and file paths. */
  readonly title: string;
  list(path: string): Promise<readonly FolderEntry[]>;
  read(path: string): Promise<Uint8Array>;
  /** The path for the calls of this machine's file system; none for a folder that is not on its disks. */
  diskPath?(path: string): string;
  /** What a folder really is, so that links that lead in a circle are seen. */
  identity(path: string): Promise<string>;
}

/** A directory handle as browsers have it, with its list of entries. */
interface ListedHandle extends DirectoryHandle {
  getDirectoryHandle(name: string): Promise<ListedHandle>;
  entries(): AsyncIterable<readonly [string, { readonly kind: string }]>;
}

/** @throws ArgumentError for what is no folder, InputOutputError for a path in a browser */
export function folderOf(who: string, where: FolderPlace): Folder {
  if (typeof where === "string" || where instanceof URL) {
    if (where === "" || String(where).includes("\0"))
      throw new ArgumentError(`${who}: directory is ${formatValue(where)}, expected the path of a folder.`);
    if (!isNode())
      throw new InputOutputError(
        `${who}: ${where}: a browser has no paths. Pass the directory handle that showDirectoryPicker() gives.`,
      );
    return diskFolder(who, where);
  }
  if (
    typeof where === "object" &&
    where !== null &&
    (where as { kind?: unknown }).kind === "directory" &&
    "entries" in where
  )
    return handleFolder(where as ListedHandle);
  throw new ArgumentError(
    `${who}: directory is ${formatValue(where)}, expected the path of a folder or a directory handle.`,
  );
}

function diskFolder(who: string, where: string | URL): Folder {
  const [calls, { join }, { fileURLToPath }] = [builtin("node:fs/promises"), builtin("node:path"), builtin("node:url")];
  if (where instanceof URL && where.protocol !== "file:")
    throw new ArgumentError(`${who}: directory is ${where.href}; only folders of this machine can be listed.`);
  const title = where instanceof URL ? fileURLToPath(where) : where;
  const failure = (path: string, cause: unknown) => {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = missing ? "it does not exist" : cause instanceof Error ? cause.message : String(cause);
    return new InputOutputError(`${who}: cannot read ${join(title, path)}: ${why}.`, { cause });
  };
  return {
    title,
    async list(path) {
      try {
        const entries = await calls.readdir(join(title, path), { withFileTypes: true });
        return await Promise.all(
          entries.map(async (entry) => {
            const isLink = entry.isSymbolicLink();
            // A link that leads nowhere is a file, and an error when it is read.
            const target = isLink ? await calls.stat(join(title, path, entry.name)).catch(() => undefined) : entry;
            return { name: entry.name, isFolder: target?.isDirectory() ?? false, isLink };
          }),
        );
      } catch (cause) {
        throw failure(path, cause);
      }
    },
    async read(path) {
      const buffer = await calls.readFile(join(title, path)).catch((cause: unknown) => {
        throw failure(path, cause);
      });
      // A Buffer's slice would share its memory.
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    },
    diskPath: (path) => join(title, path),
    identity: (path) => calls.realpath(join(title, path)),
  };
}

function handleFolder(root: ListedHandle): Folder {
  const namesOf = (path: string) => path.split("/").filter((name) => name !== "");
  const folderAt = async (names: readonly string[]): Promise<ListedHandle> => {
    let handle = root;
    for (const name of names) handle = await handle.getDirectoryHandle(name);
    return handle;
  };
  return {
    title: root.name,
    async list(path) {
      const found: FolderEntry[] = [];
      for await (const [name, { kind }] of (await folderAt(namesOf(path))).entries())
        found.push({ name, isFolder: kind === "directory", isLink: false });
      return found;
    },
    async read(path) {
      const names = namesOf(path);
      const folder = await folderAt(names.slice(0, -1));
      const file = await (await folder.getFileHandle(names.at(-1)!)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    },
    identity: async (path) => path,
  };
}
