/** Files in a folder, in Node. */
import { codeOf, diskWords } from "../../base/disk-words.ts";
import { InputOutputError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { builtin, isNode } from "../../base/node.ts";
import { isPartOf, replaceFiles } from "../../base/replace-file.ts";
import { type ByteSource, checkRange } from "../byte-source.ts";
import type { FileStore, FileToWrite } from "./file-store.ts";

/** Throws where there is no file system. */
function requireNode(path: string): void {
  if (!isNode())
    throw new InputOutputError(
      `"${path}": a browser has no paths. Use "opfs://name" or "indexeddb://name", "downloads://name" to save, or pass a URL, a File or a directory handle.`,
    );
}

/** The folder and the name of a path, and whether it is a folder itself. */
export async function splitPath(path: string): Promise<{ folder: string; name: string; isFolder: boolean }> {
  requireNode(path);
  if (path.includes("\0")) throw new InputOutputError(`${formatValue(path)} holds a NUL character, which no path has.`);
  const { dirname, basename } = builtin("node:path");
  const stats = await builtin("node:fs/promises")
    .stat(path)
    .catch(() => undefined);
  return { folder: dirname(path), name: basename(path), isFolder: stats?.isDirectory() ?? false };
}

/** Removes what writers of these files have left behind that were killed: parts that nobody has touched for `age` milliseconds. */
export async function removeLeftovers(folder: string, names: readonly string[], age: number): Promise<void> {
  const { readdir, rm, stat } = builtin("node:fs/promises");
  const found = await readdir(folder).catch((): string[] => []);
  for (const each of found.filter((each) => isPartOf(each, names))) {
    const path = builtin("node:path").join(folder, each);
    const touched = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    // Another process may have removed it meanwhile.
    if (Date.now() - touched >= age) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Removes a folder that is empty; any other stays. */
export async function removeFolder(folder: string): Promise<void> {
  await builtin("node:fs/promises")
    .rmdir(folder)
    .catch(() => undefined);
}

/** Makes the folder of a path, and those above it. */
export async function makeFolder(folder: string): Promise<void> {
  requireNode(folder);
  try {
    await builtin("node:fs/promises").mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new InputOutputError(`Cannot make the folder ${folder}: ${diskWords(cause)}.`, { cause });
  }
}

export function diskStore(folder: string): FileStore {
  const calls = () => builtin("node:fs/promises");
  const join = (name: string) => builtin("node:path").join(folder, name);
  // A link stays, and what it points to is written.
  const targetOf = (name: string) =>
    calls()
      .realpath(join(name))
      .catch(() => join(name));
  const modeOf = (path: string) =>
    calls()
      .stat(path)
      .then((stats) => stats.mode & 0o7777)
      .catch(() => undefined);
  const writeAll = async (files: readonly FileToWrite[]) => {
    const paths = await Promise.all(files.map(({ name }) => targetOf(name)));
    const modes = await Promise.all(paths.map(modeOf));
    try {
      await replaceFiles(calls(), paths, (partial, i) => writePieces(partial, files[i]!.pieces, modes[i]));
    } catch (cause) {
      throw new InputOutputError(
        `Cannot write ${paths.at(-1)}: ${diskWords(cause)}. What was there before is unchanged.`,
        { cause },
      );
    }
  };
  return {
    async open(name) {
      const path = join(name);
      try {
        return await openFile(path);
      } catch (cause) {
        if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return undefined;
        if (codeOf(cause) === "ENAMETOOLONG")
          throw new InputOutputError(
            `There is no such file: its name has ${name.length} characters, more than this disk takes.`,
            { cause },
          );
        throw new InputOutputError(`Cannot read ${path}: ${diskWords(cause)}.`, { cause });
      }
    },
    write: (name, pieces) => writeAll([{ name, pieces }]),
    writeAll,
    async append(name, pieces) {
      try {
        const handle = await calls().open(join(name), "a");
        try {
          for (const piece of pieces) await writeWhole(handle, piece);
        } finally {
          await handle.close();
        }
      } catch (cause) {
        throw new InputOutputError(`Cannot write ${join(name)}: ${diskWords(cause)}.`, { cause });
      }
    },
    async remove(name) {
      try {
        await calls().rm(join(name), { force: true });
      } catch (cause) {
        throw new InputOutputError(`Cannot remove ${join(name)}: ${diskWords(cause)}.`, { cause });
      }
    },
  };
}

/** Writes and flushes: the data are on the disk before the file is renamed. */
async function writePieces(path: string, pieces: Iterable<Uint8Array>, mode: number | undefined): Promise<void> {
  const handle = await builtin("node:fs/promises").open(path, "wx", mode);
  try {
    for (const piece of pieces) await writeWhole(handle, piece);
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The calls of an open file that are needed; stated here, so that the package's types need none of Node's. */
interface OpenFile {
  write(bytes: Uint8Array, offset: number): Promise<{ readonly bytesWritten: number }>;
}

async function writeWhole(handle: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}

async function openFile(path: string): Promise<ByteSource> {
  const handle = await builtin("node:fs/promises").open(path, "r");
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new InputOutputError(`${path} is not a file`);
    const source: ByteSource = {
      name: path,
      size: stats.size,
      async read(offset, length) {
        checkRange(source, offset, length);
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; ) {
          const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
          if (bytesRead === 0) throw new InputOutputError(`${path} became shorter while it was read.`);
          at += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
    return source;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
