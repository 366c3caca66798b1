/** Chooses the data set: MNIST from a folder, from this machine or from the network, or pen strokes, which need neither. */
import { type DownloadProgress, digits, type ImageDataset, type ImageSplit, mnist } from "../data/index.ts";
import { InputOutputError } from "../index.ts";
import { DownloadLine } from "../view/bar.ts";
import type { LineOptions } from "../view/terminal-line.ts";

export interface LoadDigitsOptions {
  /** A folder with MNIST's four files, or "digits" for drawn ones. Default: MNIST if it is available. */
  readonly data?: string | undefined;
  /** Number of training rows to keep; a sixth as many test rows are kept, as in MNIST, but at least 100. */
  readonly limit?: number | undefined;
  /** Display options of a download. */
  readonly line: LineOptions;
  readonly signal?: AbortSignal;
}

export interface LoadedDigits {
  readonly dataset: ImageDataset;
  /** Why the data is not MNIST although none was requested. */
  readonly note: string | undefined;
}

/** Sources of the data sets; tests use an unreachable mirror. */
export interface DigitSources {
  readonly mnist: Pick<typeof mnist, "load">;
  readonly digits: Pick<typeof digits, "load">;
}

const LEAST_TEST_ROWS = 100;
/** Long enough for a slow connection, short enough for users behind a firewall who wait for a first result. */
const MIRROR_TIMEOUT_MS = 10_000;

/**
 * @throws InputOutputError, FormatError when a requested folder lacks files or holds others. Only mirrors that cannot be
 *   reached lead to drawn digits, and `note` says so.
 */
export async function loadDigits(
  options: LoadDigitsOptions,
  sources: DigitSources = { mnist, digits },
): Promise<LoadedDigits> {
  const { data, limit, line, signal } = options;
  const drawn = () => sources.digits.load(limit === undefined ? {} : { train: limit, test: testRows(limit) });
  if (data === "digits") return { dataset: await drawn(), note: undefined };
  const aborts = signal === undefined ? {} : { signal };
  const progress = new DownloadReport(line);
  try {
    const dataset = await sources.mnist.load(
      data === undefined
        ? { ...aborts, timeoutMs: MIRROR_TIMEOUT_MS, progress: (event) => progress.show(event) }
        : { ...aborts, dir: data },
    );
    progress.end();
    return { dataset: limit === undefined ? dataset : cut(dataset, limit), note: undefined };
  } catch (error) {
    progress.abort();
    const reason = unreachable(error);
    if (reason === undefined) throw error;
    const note =
      `MNIST could not be downloaded: ${reason} Going on with digits that fovea draws itself; ` +
      "for MNIST put its four files into a folder and pass --data <folder>.";
    return { dataset: await drawn(), note };
  }
}

/** The first mirror's error, if no mirror could be reached; undefined for any other error. */
function unreachable(error: unknown): string | undefined {
  if (!(error instanceof InputOutputError) || !(error.cause instanceof AggregateError)) return undefined;
  const first: unknown = error.cause.errors[0];
  return first instanceof Error ? first.message : error.message;
}

function testRows(trainRows: number): number {
  return Math.max(LEAST_TEST_ROWS, Math.ceil(trainRows / 6));
}

function cut(dataset: ImageDataset, limit: number): ImageDataset {
  const first = ({ images, labels }: ImageSplit, rows: number): ImageSplit => ({
    images: images.slice(0, rows),
    labels: labels.slice(0, rows),
  });
  return { ...dataset, train: first(dataset.train, limit), test: first(dataset.test, testRows(limit)) };
}

/** One bar per file. */
class DownloadReport {
  readonly #line: DownloadLine;
  #current: DownloadProgress | undefined;

  constructor(options: LineOptions) {
    this.#line = new DownloadLine(options);
  }

  show(event: DownloadProgress): void {
    if (event.url !== this.#current?.url) {
      this.end();
      this.#line.begin(`${event.file} (${event.fileNumber} of ${event.fileCount})`, event.totalBytes);
    }
    this.#current = event;
    this.#line.update(event.receivedBytes);
  }

  /** Ends the bar of the latest file, complete or not: it shows the bytes received. */
  end(): void {
    if (this.#current !== undefined) this.#line.end(this.#current.receivedBytes);
    this.#current = undefined;
  }

  abort(): void {
    this.#line.abort();
  }
}
