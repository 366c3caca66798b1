/** Files for a command's results. */
import type { Stats } from "node:fs";
import { access, chmod, constants, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "../base/replace-file.ts";
import { InputOutputError } from "../index.ts";
import { placeOf } from "../io/place.ts";
import { modelFormat } from "../storage/formats.ts";

/** Where a text or a picture goes. */
type Sink =
  /** A regular file, or none yet: written beside it and renamed. `mode` is that of the file that is replaced. */
  | { readonly kind: "file"; readonly path: string; readonly mode: number | undefined }
  /** A pipe, a device or a socket, which must not be replaced: written into. */
  | { readonly kind: "stream"; readonly path: string };

const ignoreMissing = (): undefined => undefined;

const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(ignoreMissing);

/** Names of streams that are open already, `/dev/stdout` or a shell's `>(…)`; what they stand for may be a file. */
const isOpenStream = (path: string) => /^\/(dev|proc)\//.test(path);

/** Links are followed: they stay, and what they point to is written. */
async function sinkOf(path: string, stats: Stats | undefined): Promise<Sink> {
  if (isOpenStream(path) || (stats !== undefined && !stats.isFile())) return { kind: "stream", path };
  return { kind: "file", path: await realpath(path).catch(() => path), mode: stats?.mode };
}

/** Throws before the work is done if the file certainly cannot be written: no folder for it, a folder itself, no permission. */
export async function checkOutputFile(option: string, path: string): Promise<void> {
  const stats = await statOf(path);
  if (stats?.isDirectory() === true)
    throw new InputOutputError(`${option}: "${path}" is a folder, expected the path of a file in it.`);
  const sink = await sinkOf(path, stats);
  if (sink.kind === "stream") return requireWritable(option, path, path);
  const folder = dirname(sink.path);
  if ((await statOf(folder))?.isDirectory() !== true)
    throw new InputOutputError(`${option}: there is no folder "${folder}" to write "${path}" into; make it first.`);
  // The superuser may write to a file that is read-only, but hardly wants to.
  if (sink.mode !== undefined && (sink.mode & 0o222) === 0)
    throw new InputOutputError(`${option}: "${path}" is read-only; give another path, or make it writable.`);
  await requireWritable(option, folder, path);
}

/** The same for a model's file: an unknown ending is heard of before the work, too. */
export async function checkModelFile(option: string, path: string): Promise<void> {
  const place = await placeOf(option, path);
  modelFormat(place);
  if (place.name !== undefined) await checkOutputFile(option, path);
}

async function requireWritable(option: string, place: string, path: string): Promise<void> {
  await access(place, constants.W_OK).catch((cause: unknown) => {
    const what = place === path ? `"${path}"` : `the folder "${place}"`;
    throw new InputOutputError(`${option}: ${what} cannot be written to by this user; give another path.`, { cause });
  });
}

/**
 * Writes a text or bytes. A file is written under a temporary name and renamed: a reader sees the whole of it or none, and a failure leaves
 * nothing behind.
 */
export async function writeOutputFile(path: string, content: string | Uint8Array): Promise<void> {
  try {
    const sink = await sinkOf(path, await statOf(path));
    if (sink.kind === "file")
      await replaceFile({ rename, rm }, sink.path, async (partial) => {
        await writeFile(partial, content);
        if (sink.mode !== undefined) await chmod(partial, sink.mode & 0o7777);
      });
    // Appended, since a stream that is open already may be a file with something in it.
    else await writeFile(path, content, { flag: "a" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputOutputError(`Cannot write "${path}": ${reason}. Give another path.`, { cause });
  }
}
