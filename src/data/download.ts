/** Downloads one file from the first mirror that delivers all of it. */
import { FormatError, FoveaError, InputOutputError } from "../base/errors.ts";
import { joinBytes } from "../base/join-bytes.ts";

/** Bytes a second; a mirror that sends less for as long as it may be silent is given up, as by curl's --speed-limit. */
const SLOWEST = 1000;

export interface DownloadRequest<T> {
  /** Name of the file, appended to a mirror's address. */
  readonly file: string;
  /** Addresses of folders, tried in order; of the file itself if `whole`. */
  readonly mirrors: readonly string[];
  readonly whole?: boolean;
  /** Milliseconds without a byte, or with fewer than 1000 bytes a second, after which a mirror is given up. */
  readonly timeoutMs: number;
  /** A mirror is given up if it sends more bytes than this. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (url: string, receivedBytes: number, totalBytes: number | undefined) => void;
  /** Checks the received bytes; a FoveaError thrown here moves the download to the next mirror. */
  readonly accept: (bytes: Uint8Array<ArrayBuffer>, url: string) => Promise<T>;
}

export interface Downloaded<T> {
  readonly value: T;
  /** The mirror that delivered it. */
  readonly mirror: string;
}

/**
 * Downloads a file, mirror by mirror. A connection that breaks is taken up again where the server gives parts of files and says by a
 * tag that it is still the same one.
 *
 * @throws InputOutputError if no mirror delivered it, with the reason of each; the signal's reason if it is aborted
 */
export async function download<T>(request: DownloadRequest<T>): Promise<Downloaded<T>> {
  const reasons: FoveaError[] = [];
  for (const mirror of request.mirrors) {
    request.signal?.throwIfAborted();
    const url = request.whole ? mirror : `${mirror.endsWith("/") ? mirror : `${mirror}/`}${request.file}`;
    try {
      return { value: await request.accept(await fetchBytes(url, request), url), mirror };
    } catch (error) {
      request.signal?.throwIfAborted();
      // Any other error is a bug or comes from the caller's progress function; another mirror would not help.
      if (!(error instanceof FoveaError)) throw error;
      reasons.push(error);
    }
  }
  throw new InputOutputError(
    `No mirror gave ${request.file}:\n${reasons.map((reason) => `  ${reason.message}`).join("\n")}`,
    { cause: new AggregateError(reasons) },
  );
}

async function fetchBytes<T>(url: string, request: DownloadRequest<T>): Promise<Uint8Array<ArrayBuffer>> {
  const { signal, timeoutMs, maxBytes, onBytes } = request;
  const attempt = new AbortController();
  const stop = () => attempt.abort(signal?.reason);
  signal?.addEventListener("abort", stop);
  let received = 0;
  const giveUp = () =>
    attempt.abort(new InputOutputError(`${url}: no byte came for ${timeoutMs} ms (after ${received} bytes).`));
  let timer = setTimeout(giveUp, timeoutMs);
  let counted = 0;
  let pace: ReturnType<typeof setTimeout> | undefined;
  const keepPace = () => {
    const bytes = received - counted;
    if (bytes < (SLOWEST * timeoutMs) / 1000)
      attempt.abort(
        new InputOutputError(
          `${url}: only ${bytes} bytes came in ${timeoutMs} ms, fewer than ${SLOWEST} a second (after ${received} bytes).`,
        ),
      );
    counted = received;
    pace = setTimeout(keepPace, timeoutMs);
  };
  const reached = <R>(promise: Promise<R>): Promise<R> =>
    promise.catch((cause: unknown) => {
      if (attempt.signal.aborted) throw attempt.signal.reason;
      throw new InputOutputError(`${url}: ${wordsOf(cause)} (after ${received} bytes).`, { cause });
    });
  const chunks: Uint8Array[] = [];
  try {
    let response = await reached(fetch(url, { signal: attempt.signal }));
    if (!response.ok)
      throw new InputOutputError(`${url}: the server answered ${response.status} ${response.statusText}.`);
    const stated = Number(response.headers.get("content-length") ?? Number.NaN);
    // With a content encoding the server states the packed size, but unpacked bytes arrive: the total is then unknown.
    const known = Number.isSafeInteger(stated) && stated > 0 && response.headers.get("content-encoding") === null;
    const version = known ? versionOf(response) : undefined;
    for (;;) {
      if (response.body === null) throw new InputOutputError(`${url}: the server's answer has no body.`);
      const before = received;
      const reader = response.body.getReader();
      let broken: InputOutputError | undefined;
      for (;;) {
        const part = await reached(reader.read()).catch((error: unknown) => {
          if (attempt.signal.aborted || version === undefined || received === before) throw error;
          broken = error as InputOutputError;
        });
        if (part === undefined || part.done) break;
        clearTimeout(timer);
        timer = setTimeout(giveUp, timeoutMs);
        received += part.value.length;
        pace ??= setTimeout(keepPace, timeoutMs);
        if (received > maxBytes)
          throw new FormatError(`${url}: more than the ${maxBytes} bytes came that this file can have.`);
        chunks.push(part.value);
        onBytes(url, received, known && received <= stated ? stated : undefined);
      }
      if (broken === undefined) return joinBytes(chunks);
      response = await reached(fetch(url, { signal: attempt.signal, headers: { range: `bytes=${received}-` } }));
      const goesOn = response.headers.get("content-range")?.startsWith(`bytes ${received}-`) ?? false;
      if (response.status !== 206 || !goesOn || response.headers.get("etag") !== version) throw broken;
    }
  } finally {
    clearTimeout(timer);
    clearTimeout(pace);
    signal?.removeEventListener("abort", stop);
    // Closes the connection of an attempt that ended early; no effect after a complete response.
    attempt.abort();
  }
}

/** What names the bytes of a file that the server gives in parts, too; undefined where it does not. */
function versionOf({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  // A weak tag stands for files that mean the same, byte by byte or not (RFC 9110, 8.8.3).
  return headers.get("accept-ranges") === "bytes" && tag?.startsWith('"') ? tag : undefined;
}

/** `fetch` says only "fetch failed"; the reason is in its cause. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
