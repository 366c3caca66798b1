/** Keras's `get_file`: a file of the web, downloaded once. */
import { InputOutputError } from "../base/errors.ts";
import { checkKeys, refuseOption } from "../base/options.ts";
import { cachedFile, checkDownloadOptions, type DownloadOptions } from "./cached-file.ts";
import { thisHost } from "./data-host.ts";

/** Options of `getFile`. */
export interface GetFileOptions extends DownloadOptions {
  /** Name that the file gets. Default: the last part of the address. */
  fname?: string;
  /** Its SHA-256 or MD5 in hexadecimal; a file that is there with another one is fetched anew. Default: it is not checked. */
  fileHash?: string;
  /** Folder to keep it in, below the user's cache folder. Default "files". */
  cacheSubdir?: string;
  /** A larger file is refused, before it fills the memory. Default 1 GiB. */
  maxBytes?: number;
}

const optionNames = ["fname", "fileHash", "cacheSubdir", "maxBytes", "progress", "signal", "timeoutMs"];
const GIB = 2 ** 30;

/**
 * Downloads a file unless it is in the user's cache folder already (`$XDG_CACHE_HOME/fovea`, else as `mnist.load` says), as
 * Keras's `get_file`. It is written under another name and renamed, so an interrupted download leaves no file. Archives
 * are not unpacked.
 *
 * @param origin the address
 * @returns the path of the file, for Node
 * @throws InputOutputError in a browser, when the address does not give it, or when it cannot be kept
 * @throws FormatError when the file is larger than `maxBytes` or its checksum is another
 * @throws ArgumentError when an argument has a value that it cannot take
 * @example
 * ```ts
 * import { csvDataset } from "fovea/datasets";
 * import { getFile } from "fovea/utils";
 * const load = async () => csvDataset(await getFile("https://example.org/iris.csv"), { label: "species" });
 * ```
 */
export async function getFile(origin: string | URL, options: GetFileOptions = {}): Promise<string> {
  checkKeys("getFile", options, optionNames);
  checkDownloadOptions("getFile", options);
  const url =
    (typeof origin === "string" || origin instanceof URL) && URL.canParse(String(origin))
      ? new URL(origin)
      : refuseOption("getFile", "origin", origin, 'an address: "https://…"');
  const { fname = nameOf(url), cacheSubdir = "files", fileHash, maxBytes = GIB, ...download } = options;
  const isName = (name: unknown) =>
    typeof name === "string" && /^[^/\\\0]+$/.test(name) && name !== "." && name !== "..";
  if (!isName(fname)) refuseOption("getFile", "fname", fname, "the name of a file, without folders");
  if (!isName(cacheSubdir)) refuseOption("getFile", "cacheSubdir", cacheSubdir, "the name of a folder");
  if (fileHash !== undefined && !(typeof fileHash === "string" && /^([0-9a-f]{64}|[0-9a-f]{32})$/i.test(fileHash)))
    refuseOption("getFile", "fileHash", fileHash, "a SHA-256 or an MD5: 64 or 32 hexadecimal digits");
  if (!(Number.isSafeInteger(maxBytes) && maxBytes > 0))
    refuseOption("getFile", "maxBytes", maxBytes, "a whole number of 1 or more");
  const host = thisHost();
  if (host.disk === undefined)
    throw new InputOutputError(`getFile: a browser has no folders; pass ${url.href} itself to what reads the file.`);
  const spec = {
    name: cacheSubdir,
    file: fname,
    [fileHash?.length === 32 ? "md5" : "sha256"]: fileHash?.toLowerCase(),
    mirrors: [url.href],
    whole: true,
    maxBytes,
  };
  const { path, source } = await cachedFile(spec, download, { ...host, dataFolder: undefined });
  if (path === undefined) throw new InputOutputError(`getFile: ${fname} was ${source}.`);
  return path;
}

/** The last part of an address, without its escapes where they are valid. */
function nameOf({ pathname }: URL): string {
  const name = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
