/** SHA-256 by WebCrypto, the same call in Node and in browsers, and MD5, which Keras states for its older files. */
import { FormatError, InputOutputError } from "../base/errors.ts";
import { md5 } from "./md5.ts";

/** The SHA-256 of some bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined)
    throw new InputOutputError(
      "Checksums need crypto.subtle, which browsers give to secure pages only: serve the page over https or from localhost.",
    );
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Throws unless the bytes of a file are exactly the expected ones.
 *
 * @param remedy what the user should do about it
 * @param state how the bytes are hashed
 */
export async function verifySha256(
  bytes: Uint8Array,
  name: string,
  expected: { readonly sha256: string; readonly bytes?: number },
  remedy: string,
  state: "unpacked" | "as it is" = "unpacked",
): Promise<void> {
  const actual = await sha256(bytes);
  if (actual === expected.sha256) return;
  const size = expected.bytes === undefined ? "" : ` (${expected.bytes} bytes)`;
  throw wrongChecksum(name, `${state} (${bytes.length} bytes) its SHA-256`, actual, expected.sha256 + size, remedy);
}

/** The two checksums that may be stated of a file as it is. */
export interface Checksums {
  readonly sha256?: string | undefined;
  readonly md5?: string | undefined;
}

/** Throws unless the bytes of a file have the checksums that are stated. */
export async function verifyChecksums(
  bytes: Uint8Array,
  name: string,
  expected: Checksums,
  remedy: string,
): Promise<void> {
  if (expected.sha256 !== undefined) await verifySha256(bytes, name, { sha256: expected.sha256 }, remedy, "as it is");
  if (expected.md5 === undefined) return;
  const actual = md5(bytes);
  if (actual !== expected.md5)
    throw wrongChecksum(name, `as it is (${bytes.length} bytes) its MD5`, actual, expected.md5, remedy);
}

const wrongChecksum = (name: string, what: string, actual: string, expected: string, remedy: string) =>
  new FormatError(`${name} has the wrong checksum: ${what} is ${actual}, expected ${expected}. ${remedy}`);
