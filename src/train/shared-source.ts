/** The batches of one of several processes: its share of batches that all processes read, or batches of its own. */
import { allocate, type TypedArray } from "../base/dtype.ts";
import { ArgumentError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import { ranksBeforeInput, rowsByRankInput } from "../compile/distribute.ts";
import { type Batch, type BatchFeeds, type BatchReader, shareOf } from "../data/batch-source.ts";
import type { Group } from "../ir/group.ts";
import { sliceFeed } from "./data.ts";
import type { FeedSource } from "./feed-source.ts";

/** Each process takes its rows of every batch; a source that reads them alone already says so. */
export function divideBatches(source: FeedSource, group: Group): FeedSource {
  const { capacity } = source;
  return {
    ...facadeOf(source),
    capacity: capacity === undefined ? undefined : Math.ceil(capacity / group.size),
    open: (epoch, skip) => changeBatches(source.open(epoch, skip), (batch) => batch && divide(batch, group)),
  };
}

function divide(batch: Batch, group: Group): Batch {
  if (batch.share !== undefined) return batch;
  const { begin, end, share } = shareOf(batch.rows, group);
  return { feeds: sliceFeed(batch.feeds, begin, end), rows: end - begin, share };
}

/**
 * Each process brings its own batches, which make up the global ones. A process whose data ends before that of others goes on with
 * batches without rows.
 *
 * @throws ArgumentError where it is not known how many batches there are
 */
export async function joinBatches(who: string, source: FeedSource, group: Group): Promise<FeedSource> {
  const first = await peek(source);
  const own = { batches: source.batches ?? null, capacity: source.capacity ?? first?.rows ?? 0 };
  const all = await group.gather("agree on batches", own);
  const unknown = all.findIndex(({ batches }) => batches === null);
  if (unknown >= 0)
    throw new ArgumentError(
      `${who}: the data of rank ${unknown} does not tell how many batches it has, so the other processes cannot know when it ends; give stepsPerEpoch (steps, validationSteps), the same in all.`,
    );
  const batches = Math.max(...all.map((each) => each.batches!));
  const capacity = Math.max(1, ...all.map((each) => each.capacity));
  const kind = source.kind ?? first?.feeds;
  if (kind === undefined)
    throw new ArgumentError(
      `${who}: the data of rank ${group.rank} has no batch, so the kind of its rows is not known.`,
    );
  const empty: Batch = { feeds: emptyFeeds(kind), rows: 0 };
  return {
    ...facadeOf(source),
    batches,
    capacity,
    kind,
    open: (epoch, skip = 0) => padBatches(who, source.open(epoch, skip), { empty, capacity, count: batches - skip }),
  };
}

/** The first batch of a source whose kind or size is not known; it is read again later. */
async function peek(source: FeedSource): Promise<Batch | undefined> {
  if (source.kind !== undefined && source.capacity !== undefined) return undefined;
  const reader = source.open(0);
  try {
    return await reader.next();
  } finally {
    await reader.close();
    await source.close();
    source.goOn(source.placeAfter(0));
  }
}

const emptyFeeds = (kind: BatchFeeds): BatchFeeds =>
  Object.fromEntries(
    Object.entries(kind).map(([name, { dtype, shape }]) => {
      const own = [0, ...shape.slice(1)];
      return [name, new Tensor(allocate(dtype, sizeOf(own)), own)];
    }),
  );

/** What steps of processes that bring their own rows are fed to count them. */
export function feedCounts({ rank, size }: Group, { rows }: Batch): Record<string, TypedArray> {
  const rowsByRank = new Float32Array(size);
  rowsByRank[rank] = rows;
  return {
    [rowsByRankInput]: rowsByRank,
    [ranksBeforeInput]: Float32Array.from({ length: size }, (_, other) => (other < rank ? 1 : 0)),
  };
}

function facadeOf(source: FeedSource): FeedSource {
  const { capacity, batches, rows, kind } = source;
  return {
    capacity,
    batches,
    rows,
    kind,
    open: (epoch, skip) => source.open(epoch, skip),
    placeAfter: (step) => source.placeAfter(step),
    goOn: (place) => source.goOn(place),
    close: () => source.close(),
  };
}

/** Another reader's batches, changed; `change` is also asked at their end. The reader has ended once there is `more` no longer. */
function changeBatches(
  reader: BatchReader,
  change: (batch: Batch | undefined) => Batch | undefined,
  more = () => true,
): BatchReader {
  return {
    next: () => {
      if (!more()) return undefined;
      const read = reader.next();
      return read instanceof Promise ? read.then(change) : change(read);
    },
    close: () => reader.close(),
    copyOf: (index) => reader.copyOf?.(index),
    get waitingMs() {
      return reader.waitingMs;
    },
  };
}

function padBatches(
  who: string,
  reader: BatchReader,
  { empty, capacity, count }: { readonly empty: Batch; readonly capacity: number; readonly count: number },
): BatchReader {
  let left = count;
  const pad = (batch: Batch | undefined): Batch => {
    if (batch !== undefined && batch.rows > capacity)
      throw new ArgumentError(
        `${who}: a batch of ${batch.rows} rows follows one of ${capacity}; where each process brings its own data, no batch may have more rows than the first one.`,
      );
    return batch ?? empty;
  };
  return changeBatches(reader, pad, () => left-- > 0);
}
