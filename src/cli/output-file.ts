/** Files for a command's results. */
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputOutputError } from "../index.ts";

/** Throws before the work is done if the file certainly cannot be written: its folder is missing, or it is a folder itself. */
export async function checkOutputFile(option: string, path: string): Promise<void> {
  const kindOf = async (place: string) => (await stat(place).catch(() => undefined))?.isDirectory();
  if ((await kindOf(path)) === true)
    throw new InputOutputError(`${option}: "${path}" is a folder, expected the path of a file in it.`);
  if ((await kindOf(dirname(path))) !== true)
    throw new InputOutputError(
      `${option}: there is no folder "${dirname(path)}" to write "${path}" into; make it first.`,
    );
}

/** Writes to a temporary name and renames: a reader sees the whole file or none, and a failure leaves nothing behind. */
export async function writeOutputFile(path: string, text: string): Promise<void> {
  const partial = `${path}.${globalThis.crypto.randomUUID()}.part`;
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (cause) {
    // The caller must see the first error, so a failing clean-up is ignored.
    await rm(partial, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputOutputError(`Cannot write "${path}": ${reason}. Give another path.`, { cause });
  }
}
