/** Arrays from files: IDX, and NumPy's .npy and .npz. */
import { FormatError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { type LoadPlace, using } from "../../io/place.ts";
import { ZipArchive } from "../../io/zip-reader.ts";
import { parseIdx } from "../idx.ts";
import { parseNpy } from "./npy.ts";
import { openFile, readFile } from "./open-file.ts";

/**
 * Loads an IDX file, the format of MNIST's files and of EMNIST, KMNIST and Fashion-MNIST, plain or as .gz.
 *
 * Bytes become a uint8 tensor, int8, int16 and int32 an int32 tensor, float32 and float64 a float32 tensor; the shape is the
 * file's own, of any rank.
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @throws InputOutputError when there is no such file or it cannot be read
 * @throws FormatError when it is no IDX file, is cut off, or has bytes left over
 * @see LeCun, Cortes and Burges, "The MNIST database of handwritten digits"
 * @example
 * ```ts
 * import { loadIdx } from "fovea/datasets";
 * const bytes = new Uint8Array([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 2, 1]);
 * (await loadIdx(bytes)).toArray(); // [[7, 2, 1]]
 * ```
 */
export async function loadIdx(where: LoadPlace): Promise<Tensor> {
  const { name, bytes } = await readFile("loadIdx", where);
  return parseIdx(bytes, name);
}

/**
 * Loads an array that `numpy.save` wrote.
 *
 * bool and uint8 become a uint8 tensor, other integers int32, floats float32. An int64 or uint32 that int32 cannot hold is an
 * error. Arrays of either byte order, in C and in Fortran order, are read; records and Python objects are refused.
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @throws InputOutputError when there is no such file or it cannot be read
 * @throws FormatError when it is no .npy file, is cut off or damaged, or holds what a tensor cannot
 * @see NumPy, `numpy.lib.format`
 * @example
 * ```ts
 * import { loadNpy } from "fovea/datasets";
 * const header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + "\n";
 * const bytes = new Uint8Array([0x93, ..."NUMPY\x01\0\x76\0", ...header].map((c) => (typeof c === "string" ? c.charCodeAt(0) : c)));
 * (await loadNpy(new Blob([bytes, new Int16Array([5, -6])]))).toArray(); // [5, -6]
 * ```
 */
export async function loadNpy(where: LoadPlace): Promise<Tensor> {
  const { name, bytes } = await readFile("loadNpy", where);
  return parseNpy(bytes, name);
}

/** One array of an archive: a typed array's largest size. */
const MOST_BYTES = 2 ** 32 - 1;

/**
 * Loads the arrays that `numpy.savez` or `numpy.savez_compressed` wrote, by name; checksums are compared. Types as in
 * `loadNpy`.
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @throws InputOutputError when there is no such file or it cannot be read
 * @throws FormatError when it is no zip archive of .npy files or is damaged
 * @example
 * ```ts
 * import { loadNpz } from "fovea/datasets";
 * // numpy.savez("digits.npz", x=images, y=labels)
 * const load = async () => {
 *   const { x, y } = await loadNpz("digits.npz");
 *   return [x, y];
 * };
 * ```
 */
export async function loadNpz(where: LoadPlace): Promise<Record<string, Tensor>> {
  return using(await openFile("loadNpz", where), async (source) => {
    const zip = await ZipArchive.open(source);
    const arrays: [string, Tensor][] = [];
    for (const name of zip.names) {
      const title = `"${name}" in ${source.name}`;
      if (!name.endsWith(".npy"))
        throw new FormatError(`${title} is no .npy file, so this is no archive that numpy.savez wrote.`);
      const entry = (await zip.open(name, MOST_BYTES))!;
      arrays.push([name.slice(0, -4), parseNpy(await entry.read(0, entry.size), title)]);
    }
    // fromEntries: an array may be named "__proto__".
    return Object.fromEntries(arrays);
  });
}
