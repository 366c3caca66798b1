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
export async function replaceFile(
  calls: ReplaceCalls,
  path: string,
  write: (partial: string) => Promise<void>,
): Promise<void> {
  const partial = `${path}.${globalThis.crypto.randomUUID()}.part`;
  try {
    await write(partial);
    await calls.rename(partial, path);
  } catch (error) {
    // The caller must see the first error, so a failing clean-up is ignored.
    await calls.rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
