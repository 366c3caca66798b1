/** Files that Keras publishes for its applications: weights, and the names of ImageNet's classes. */
import { ArgumentError, InputOutputError } from "../base/errors.ts";
import { cachedFile, type FoundFile } from "../data/cached-file.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";

/** A file of the web. */
export interface PublishedFile {
  readonly url: string;
  /** Its name in the cache. Default: the last part of the address. */
  readonly file?: string;
  /** Its SHA-256 (64 digits) or MD5 (32 digits). Undefined where Keras states none: it is not checked. */
  readonly hash?: string | undefined;
}

export const publishedAt = "https://storage.googleapis.com/tensorflow/keras-applications/";

/**
 * Finds a file in `$FOVEA_DATA/models` or in the cache, or downloads it.
 *
 * @param who whose file it is, for messages
 * @param remedy what may be done without it
 */
export async function publishedFile(who: string, published: PublishedFile, remedy: string): Promise<FoundFile> {
  const { url, file = url.slice(url.lastIndexOf("/") + 1), hash } = published;
  const checksums = hash === undefined ? {} : { [hash.length === 32 ? "md5" : "sha256"]: hash };
  const spec = { name: "models", file, mirrors: [url], whole: true, maxBytes: 2 ** 30, ...checksums };
  return cachedFile(spec, {}).catch((cause: unknown) => {
    if (!(cause instanceof InputOutputError)) throw cause;
    throw new InputOutputError(`${who}: ${cause.message} ${remedy}`, { cause });
  });
}

/** Throws unless weights are published for this value of an option. */
export function requireOneOf(title: string, name: string, value: number, known: readonly number[]): void {
  if (!known.includes(value))
    throw new ArgumentError(
      `${title}: ${name} is ${value}, but weights "imagenet" are for ${known.join(", ")}. Or pass weights: null.`,
    );
}

/** The size of square images that the published weights are for: the images' own, or 224. */
export function nearestPublished([height, width]: BatchShape, sizes: readonly number[]): number {
  return height === width && sizes.includes(height as number) ? (height as number) : 224;
}
