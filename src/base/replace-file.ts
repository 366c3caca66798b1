/** How a file is written on a disk: under a temporary name, then renamed. */

/** The calls of `node:fs/promises` that it takes. */
export interface ReplaceCalls {
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
}

/** Whether a file is what a writer of one of these files, who was killed, has left behind. */
export function isPartOf(file: string, names: readonly string[]): boolean {
  return names.some((name) => file.startsWith(`${name}.`) && /^[0-9a-f-]{36}\.part$/.test(file.slice(name.length + 1)));
}

/**
 * Lets `write` fill a file beside `path`, then puts it in its place: a reader sees the whole of the old file or of the new one,
 * writers do not mix, and a failure leaves nothing behind.
 */
export function replaceFile(
  calls: ReplaceCalls,
  path: string,
  write: (partial: string) => Promise<void>,
): Promise<void> {
  return replaceFiles(calls, [path], write);
}

/**
 * The same for files that belong together: all are filled before the first takes its place, so that a full disk changes none.
 *
 * @param write fills the file at `partial`, which is to stand in the place of the index-th path
 */
export async function replaceFiles(
  calls: ReplaceCalls,
  paths: readonly string[],
  write: (partial: string, index: number) => Promise<void>,
): Promise<void> {
  const partials = paths.map((path) => `${path}.${globalThis.crypto.randomUUID()}.part`);
  try {
    for (const [i, partial] of partials.entries()) await write(partial, i);
    for (const [i, partial] of partials.entries()) await calls.rename(partial, paths[i]!);
  } catch (error) {
    // The caller must see the first error, so a failing clean-up is ignored.
    for (const partial of partials) await calls.rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
