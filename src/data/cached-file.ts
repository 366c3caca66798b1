/** Files that are downloaded once: looked for on this machine, checked, fetched from the first mirror that has them. */
import { ArgumentError, FormatError, InputOutputError } from "../base/errors.ts";
import { refuseOption } from "../base/options.ts";
import { type Checksums, verifyChecksums } from "./checksum.ts";
import { type DataHost, type Disk, thisHost } from "./data-host.ts";
import { download } from "./download.ts";
import type { DownloadProgress } from "./image-dataset.ts";

/** Options of every download. */
export interface DownloadOptions {
  /** Called whenever bytes arrive. */
  progress?: (event: DownloadProgress) => void;
  /** Aborts loading; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds without a byte, or with fewer than 1000 a second, after which the next mirror is tried; default 30000. */
  timeoutMs?: number;
}

/** Options of a data set that is one file. */
export interface ArchiveOptions extends DownloadOptions {
  /** Folder with the file. If given, nothing else is searched and nothing is downloaded. */
  dir?: string;
  /** Addresses of folders with the file, tried in order; default: Keras's. */
  mirrors?: readonly string[];
  /** If true, nothing is downloaded, and a missing file is an error. Default false. */
  offline?: boolean;
}

export const archiveOptionNames = ["dir", "mirrors", "offline", "progress", "signal", "timeoutMs"] as const;

/** @throws ArgumentError for a value that an option cannot take */
export function checkDownloadOptions(who: string, options: ArchiveOptions): void {
  const { dir, mirrors, offline, progress, timeoutMs = 1 } = options;
  if (dir !== undefined && typeof dir !== "string") refuseOption(who, "dir", dir, "the path of a folder");
  if (
    mirrors !== undefined &&
    !(Array.isArray(mirrors) && mirrors.length > 0 && mirrors.every((each) => typeof each === "string"))
  )
    refuseOption(who, "mirrors", mirrors, 'a list of addresses: ["https://…/"]');
  if (offline !== undefined && typeof offline !== "boolean") refuseOption(who, "offline", offline, "true or false");
  if (progress !== undefined && typeof progress !== "function") refuseOption(who, "progress", progress, "a function");
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31))
    refuseOption(who, "timeoutMs", timeoutMs, "milliseconds, more than 0 and less than 2^31");
}

/** A file and, where they are known, its checksums. */
export interface FileSpec extends Checksums {
  /** Name of the data set, and of its folder in `$FOVEA_DATA` and in the cache. */
  readonly name: string;
  readonly file: string;
  /** Addresses of folders; of the file itself if `whole`. */
  readonly mirrors: readonly string[];
  readonly whole?: boolean;
  readonly maxBytes: number;
}

/** A file, and where it came from, in words for people. */
export interface FoundFile {
  // Not Uint8Array<ArrayBuffer>: the package's types must compile with TypeScript 5.4, where it is not generic.
  readonly bytes: Uint8Array;
  readonly source: string;
  /** Undefined where it is not kept (a browser, a read-only home). */
  readonly path: string | undefined;
}

/** Finds, checks or downloads a file; tests pass their own `host`. */
export async function cachedFile(
  spec: FileSpec,
  options: ArchiveOptions,
  host: DataHost = thisHost(),
): Promise<FoundFile> {
  const { dir, offline = false, signal } = options;
  const { disk, dataFolder, cacheFolder } = host;
  signal?.throwIfAborted();
  if (dir !== undefined) {
    if (disk === undefined)
      throw new ArgumentError(`dir is ${JSON.stringify(dir)}, but a browser has no folders; pass mirrors instead.`);
    const folder = disk.resolve(dir);
    const path = await disk.find(folder, [spec.file]);
    if (path === undefined)
      throw new InputOutputError(
        `dir ${folder} lacks ${spec.file}. Put it there, or leave dir out to have it downloaded.`,
      );
    return found(disk, path, spec, "Put the right file in its place, or pass another dir.");
  }
  if (disk !== undefined && dataFolder !== undefined) {
    const path = await disk.find(disk.join(dataFolder, spec.name), [spec.file]);
    if (path !== undefined) return found(disk, path, spec, "Put the right file in its place.");
  }
  const folder = disk === undefined || cacheFolder === undefined ? undefined : disk.join(cacheFolder, spec.name);
  const path = folder === undefined ? undefined : await disk!.find(folder, [spec.file]);
  if (path !== undefined)
    try {
      return await found(disk!, path, spec, "Load it without offline: true to have it fetched anew.");
    } catch (error) {
      // A damaged file of the cache is fetched anew.
      if (!(error instanceof FormatError) || offline) throw error;
    }
  if (offline)
    throw new InputOutputError(
      `${spec.file} is not on this machine (offline: true, so nothing is downloaded). Put it into ${folder ?? "a folder"}, into $FOVEA_DATA/${spec.name} or into the dir you pass.`,
    );
  return fetchFile(spec, options, disk, folder);
}

async function found(disk: Disk, path: string, spec: FileSpec, remedy: string): Promise<FoundFile> {
  // A file is never read into shared memory.
  const bytes = (await disk.read(path, spec.maxBytes)) as Uint8Array<ArrayBuffer>;
  await verifyChecksums(bytes, path, spec, remedy);
  return { bytes, source: path, path };
}

async function fetchFile(
  spec: FileSpec,
  options: ArchiveOptions,
  disk: Disk | undefined,
  folder: string | undefined,
): Promise<FoundFile> {
  const { file, mirrors, whole = false, maxBytes } = spec;
  const { progress, signal, timeoutMs = 30_000 } = options;
  let notKept: string | undefined;
  // The folder comes first, so that no download is wasted. A home that is read only keeps nothing.
  if (disk !== undefined && folder !== undefined)
    await disk.makeFolder(folder).then(
      () => disk.removeStaleParts(folder),
      (error: unknown) => {
        notKept = error instanceof Error ? error.message : String(error);
      },
    );
  const { value, mirror } = await download({
    file,
    mirrors: options.mirrors ?? mirrors,
    whole,
    timeoutMs,
    maxBytes,
    signal,
    onBytes: (url, receivedBytes, totalBytes) =>
      progress?.({ file, url, receivedBytes, totalBytes, fileNumber: 1, fileCount: 1 }),
    accept: async (bytes, url) => {
      await verifyChecksums(bytes, url, spec, "This address is not used.");
      return bytes;
    },
  }).catch((error: unknown) => {
    if (!(error instanceof InputOutputError)) throw error;
    const place = folder === undefined ? "" : ` put ${file} into ${folder},`;
    throw new InputOutputError(
      `${error.message}\nCheck the network,${place} or ${whole ? "the address" : "pass other mirrors"}.`,
      { cause: error.cause },
    );
  });
  const from = `downloaded from ${mirror}`;
  if (disk === undefined || folder === undefined) return { bytes: value, source: from, path: undefined };
  if (notKept !== undefined) return { bytes: value, source: `${from}, not kept: ${notKept}`, path: undefined };
  const path = disk.join(folder, file);
  await disk.write(path, value);
  return { bytes: value, source: `${from}, kept in ${folder}`, path };
}
