/** SHA-256 by WebCrypto: the same call in Node and in browsers. */
import { FormatError, InputOutputError } from "../base/errors.ts";

/** The SHA-256 of some bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined)
    throw new InputOutputError(
      "Checksums need crypto.subtle, which browsers give to secure pages only: serve the page over https or from localhost.",
    );
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Throws unless the bytes of a file are exactly the expected ones.
 *
 * @param remedy what the user should do about it
 * @param state how the bytes are hashed
 */
export async function verifySha256(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  expected: { readonly sha256: string; readonly bytes?: number },
  remedy: string,
  state: "unpacked" | "as it is" = "unpacked",
): Promise<void> {
  const actual = await sha256(bytes);
  if (actual === expected.sha256) return;
  const size = expected.bytes === undefined ? "" : ` (${expected.bytes} bytes)`;
  throw new FormatError(
    `${name} has the wrong checksum: ${state} (${bytes.length} bytes) its SHA-256 is ${actual}, expected ${expected.sha256}${size}. ${remedy}`,
  );
}
