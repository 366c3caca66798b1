import { describe, expect, test } from "vitest";
import { ArgumentError, DatasetError } from "../../src/base/errors.ts";
import { type Tensor, tensor } from "../../src/base/tensor.ts";
import { Dataset } from "../../src/data/dataset.ts";
import { PyDataset, type PyDatasetOptions } from "../../src/data/py-dataset.ts";
import { turns } from "../turns.ts";

class Numbers extends PyDataset<readonly [Tensor, Tensor]> {
  readonly log: string[] = [];
  running = 0;
  most = 0;
  length: number;

  constructor(length: number, options?: PyDatasetOptions) {
    super(options);
    this.length = length;
  }

  async get(index: number) {
    this.most = Math.max(this.most, ++this.running);
    await new Promise((resolve) => setTimeout(resolve, (index * 7) % 3));
    this.running--;
    if (index === 99) throw new RangeError("no file 99");
    return [tensor([[index]]), tensor([[-index]])] as const;
  }

  override onEpochBegin() {
    this.log.push("begin");
  }

  override onEpochEnd() {
    this.log.push("end");
  }
}

const key = [3, 4] as const;
const numbersOf = async (elements: AsyncIterable<readonly [Tensor, Tensor]>) => {
  const numbers: number[] = [];
  for await (const [x, y] of elements) {
    expect(y.item()).toBe(-x.item());
    numbers.push(x.item());
  }
  return numbers;
};

describe("PyDataset", () => {
  test("batches in order, with so many workers and no more; epochs are told", async () => {
    for (const workers of [1, 3]) {
      const numbers = new Numbers(8, { workers });
      const dataset = Dataset.from(numbers);
      expect(dataset.length).toBe(8);
      expect(await numbersOf(dataset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(await numbersOf(dataset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(numbers.most).toBe(workers);
      expect(numbers.log).toEqual(["begin", "end", "begin", "end"]);
    }
  });

  test("a pass that shuffles visits each batch once, in an order of its own", async () => {
    const { source } = Dataset.from(new Numbers(20, { workers: 4 }));
    const orders = await Promise.all([0, 0, 1].map((epoch) => numbersOf(source.open({ epoch, key, shuffle: true }))));
    expect(orders[0]!.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).not.toEqual(orders[0]);
  });

  test("no more than maxQueueSize batches are made ahead", async () => {
    let made = 0;
    class Counted extends PyDataset<number> {
      readonly length = Infinity;
      get(index: number) {
        made++;
        return index;
      }
    }
    const elements = Dataset.from(new Counted({ maxQueueSize: 3, workers: 9 }))[Symbol.asyncIterator]();
    await elements.next();
    await turns();
    expect(made).toBe(4);
    await elements.return?.();
  });

  test("an error names the batch, and the epoch did not end; wrong options are named", async () => {
    const broken = new Numbers(101, { workers: 5 });
    await expect(numbersOf(Dataset.from(broken).skip(97))).rejects.toThrow(
      new DatasetError("Dataset.from: get(99) of the PyDataset failed: no file 99"),
    );
    expect([broken.log, broken.running]).toEqual([["begin"], 0]);
    expect(() => new Numbers(1, { workers: 0 })).toThrow("PyDataset: workers is 0, expected a whole number");
    expect(() => new Numbers(1, { worker: 2 } as object)).toThrow(ArgumentError);
    expect(() => Dataset.from(new Numbers(1.5)).length).toThrow("PyDataset: length is 1.5");
  });
});
