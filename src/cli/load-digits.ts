/** Chooses the data set: a folder's MNIST, this machine's or the network's MNIST, or pen strokes that need neither. */
import { type DownloadProgress, digits, type ImageDataset, type ImageSplit, mnist } from "../data/index.ts";
import { InputOutputError } from "../index.ts";
import { DownloadLine } from "../view/bar.ts";
import type { LineOptions } from "../view/terminal-line.ts";

export interface LoadDigitsOptions {
  /** A folder with MNIST's four files, or "digits" for drawn ones. Default: MNIST wherever it can be had. */
  readonly data?: string | undefined;
  /** Training rows to keep; a sixth as many test rows are kept, as in MNIST, but 100 at least. */
  readonly limit?: number | undefined;
  /** How a download is shown. */
  readonly line: LineOptions;
  readonly signal?: AbortSignal;
}

export interface LoadedDigits {
  readonly dataset: ImageDataset;
  /** Why it is not MNIST, though nobody asked for another one. */
  readonly note: string | undefined;
}

/** Where the data sets come from; tests put an unreachable mirror here. */
export interface DigitSources {
  readonly mnist: Pick<typeof mnist, "load">;
  readonly digits: Pick<typeof digits, "load">;
}

const LEAST_TEST_ROWS = 100;
/** Long enough for a slow line, short enough for someone who waits for a first result behind a firewall. */
const MIRROR_TIMEOUT_MS = 10_000;

/**
 * @throws InputOutputError, FormatError when a folder that was asked for lacks files or holds others. Only mirrors that cannot be
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

/** What the first mirror said, when an error means that no mirror could be reached; undefined for any other error. */
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

  /** Ends the bar of the file that came last, whole or not: the figures are those of what came. */
  end(): void {
    if (this.#current !== undefined) this.#line.end(this.#current.receivedBytes);
    this.#current = undefined;
  }

  abort(): void {
    this.#line.abort();
  }
}
