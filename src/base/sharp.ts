/** `sharp` (libvips), the optional peer for images in Node. */
import { InputOutputError } from "./errors.ts";

/**
 * Loads it, or throws what to install.
 *
 * @param name in a variable, so that bundlers do not resolve the import: the package is optional, and for Node only
 */
export async function loadSharp<T>(name = "sharp"): Promise<T> {
  try {
    return ((await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { default: T }).default;
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new InputOutputError(
      missing
        ? 'Images in Node need the npm package "sharp". Install it beside fovea: npm install sharp'
        : `The npm package "sharp" could not be loaded: ${why}`,
      { cause },
    );
  }
}
