/** What the machine offers to data sets: files and folders in Node, neither in a browser. */
import { codeOf, diskWords } from "../base/disk-words.ts";
import { FormatError, InputOutputError } from "../base/errors.ts";
import { builtin, isNode } from "../base/node.ts";
import { type ReplaceCalls, replaceFile } from "../base/replace-file.ts";

/** The few calls of `node:fs/promises` that data sets need; tests pass their own. */
export interface FileCalls extends ReplaceCalls {
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number; isFile(): boolean }>;
  readdir(path: string): Promise<readonly string[]>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
}

export interface DataHost {
  /** Undefined without a file system. */
  readonly disk: Disk | undefined;
  /** `$FOVEA_DATA`, if it is set. */
  readonly dataFolder: string | undefined;
  /** The folder for downloads. */
  readonly cacheFolder: string | undefined;
}

/** The few calls of `node:path`; stated here, so that the package's types need none of Node's. */
interface PathCalls {
  join(...paths: string[]): string;
  resolve(...paths: string[]): string;
  isAbsolute(path: string): boolean;
}

function failure(what: string, path: string, cause: unknown, remedy: string): InputOutputError {
  return new InputOutputError(`Cannot ${what} ${path}: ${diskWords(cause)}. ${remedy}`, { cause });
}

const elsewhere = "Or keep data elsewhere: set XDG_CACHE_HOME, or put the files into $FOVEA_DATA or the dir you pass.";

/** The temporary names that `write` gives. */
const partName = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;
const DAY_MS = 86_400_000;

/** Whole files on a disk: reads have a size limit, and writes are atomic. */
export class Disk {
  readonly #calls: FileCalls;
  readonly #path: PathCalls;

  constructor(calls: FileCalls, path: PathCalls) {
    this.#calls = calls;
    this.#path = path;
  }

  join(folder: string, name: string): string {
    return this.#path.join(folder, name);
  }

  resolve(folder: string): string {
    return this.#path.resolve(folder);
  }

  async hasFolder(path: string): Promise<boolean> {
    return this.#calls.stat(path).then(
      (stats) => !stats.isFile(),
      () => false,
    );
  }

  /** The first file of these names in a folder, with or without ".gz"; undefined if none exists. */
  async find(folder: string, names: readonly string[]): Promise<string | undefined> {
    for (const path of names.flatMap((name) => [this.join(folder, name), this.join(folder, `${name}.gz`)])) {
      try {
        if ((await this.#calls.stat(path)).isFile()) return path;
      } catch (cause) {
        if (codeOf(cause) !== "ENOENT" && codeOf(cause) !== "ENOTDIR")
          throw failure("look at", path, cause, "Mend its rights, or pass another dir.");
      }
    }
    return undefined;
  }

  // Not Uint8Array<ArrayBuffer>: the package's types must compile with TypeScript 5.4, where it is not generic.
  async read(path: string, maxBytes: number): Promise<Uint8Array> {
    try {
      const { size } = await this.#calls.stat(path);
      if (size > maxBytes)
        throw new FormatError(
          `${path} has ${size} bytes, more than the ${maxBytes} that this file can have. Delete it.`,
        );
      const bytes = await this.#calls.readFile(path);
      // A plain view instead of Node's Buffer, whose slice() and printing differ from those of other typed arrays.
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (cause) {
      if (cause instanceof FormatError) throw cause;
      throw failure("read", path, cause, "Mend its rights, or pass another dir.");
    }
  }

  /** Creates a folder and its parents before a download starts, so that no download is wasted. */
  async makeFolder(folder: string): Promise<void> {
    await this.#calls.mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw failure("make the folder", folder, cause, elsewhere);
    });
  }

  /** Removes what a write that was cut off (by a power failure, a killed process) left in a folder more than a day ago. */
  async removeStaleParts(folder: string): Promise<void> {
    // Only tidying up: what cannot be seen or removed stays.
    const names = await this.#calls.readdir(folder).catch(() => []);
    for (const name of names.filter((each) => partName.test(each))) {
      const path = this.join(folder, name);
      const stats = await this.#calls.stat(path).catch(() => undefined);
      if (stats !== undefined && Date.now() - stats.mtimeMs > DAY_MS) await this.remove(path);
    }
  }

  /** Removes a file if that can be done. */
  async remove(path: string): Promise<void> {
    await this.#calls.rm(path, { force: true }).catch(() => undefined);
  }

  /** Writes to a temporary name and renames: a reader sees the whole file or none, and a failure leaves nothing behind. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await replaceFile(this.#calls, path, (partial) => this.#calls.writeFile(partial, bytes));
    } catch (cause) {
      throw failure("write", path, cause, elsewhere);
    }
  }
}

/**
 * The folder for downloads: `$XDG_CACHE_HOME/fovea` if that is set, else `~/.cache/fovea`, `%LOCALAPPDATA%\fovea` on Windows,
 * `~/Library/Caches/fovea` on a Mac.
 */
export function cacheFolderOf(
  platform: string,
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  path: PathCalls,
): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  // The XDG base directory specification: relative paths must be ignored.
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, "fovea");
  if (platform === "win32") return path.join(local || path.join(home, "AppData", "Local"), "fovea");
  if (platform === "darwin") return path.join(home, "Library", "Caches", "fovea");
  return path.join(home, ".cache", "fovea");
}

/** The machine that this runs on. */
export function thisHost(): DataHost {
  if (!isNode()) return { disk: undefined, dataFolder: undefined, cacheFolder: undefined };
  const [calls, path, system] = [builtin("node:fs/promises"), builtin("node:path"), builtin("node:os")];
  return {
    disk: new Disk(calls, path),
    dataFolder: process.env.FOVEA_DATA || undefined,
    cacheFolder: cacheFolderOf(process.platform, process.env, system.homedir(), path),
  };
}
