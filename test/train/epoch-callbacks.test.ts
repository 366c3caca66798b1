/** Callbacks that follow a run: what they write, set and send. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type FileStore, type Logs, memorySource, tensor } from "fovea";
import {
  Callback,
  CSVLogger,
  EarlyStopping,
  LearningRateScheduler,
  RemoteMonitor,
  SwapEMAWeights,
  TerminateOnNaN,
} from "fovea/callbacks";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { powerRows, zeroModel } from "./small-models.ts";

/** Plays logs, epoch after epoch. */
class Script extends Callback {
  readonly epochs: readonly Logs[];
  constructor(epochs: readonly Logs[]) {
    super();
    this.epochs = epochs;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    for (const name of Object.keys(logs)) delete logs[name];
    Object.assign(logs, this.epochs[epoch]);
  }
}

function memoryStore() {
  const files = new Map<string, string>();
  const store: FileStore = {
    open: async (name) => (files.has(name) ? memorySource(name, new TextEncoder().encode(files.get(name))) : undefined),
    write: async (name, pieces) => {
      files.set(name, await new Blob([...pieces] as BlobPart[]).text());
    },
  };
  return { files, store };
}

const follow = (callbacks: readonly Callback[], epochs: number, model = zeroModel(), lines: string[] = []) =>
  model.fit(...powerRows(1), { epochs, callbacks, verbose: 0, write: (text) => lines.push(text) });

describe("CSVLogger", () => {
  const epochs = [
    { loss: 0.5, accuracy: 0.75, val_loss: 0.625 },
    { loss: 0.25, accuracy: 0.875, val_loss: 0.5 },
  ];
  // Keras's text: schedules2.json.
  const text = "epoch,accuracy,loss,val_loss\r\n0,0.75,0.5,0.625\r\n1,0.875,0.25,0.5\r\n";

  test("writes Keras's text, and replaces an older file", async () => {
    const { files, store } = memoryStore();
    files.set("log.csv", "old");
    await follow([new Script(epochs), new CSVLogger({ store, name: "log.csv" })], 2);
    expect(files.get("log.csv")).toBe(text);
  });

  test("adds rows, without the names again", async () => {
    const { files, store } = memoryStore();
    const logger = new CSVLogger({ store, name: "log.csv" }, { append: true });
    await follow([new Script(epochs), logger], 2);
    await follow([new Script(epochs), logger], 1);
    expect(files.get("log.csv")).toBe(`${text}0,0.75,0.5,0.625\r\n`);
  });

  test("numbers as Python writes them, missing ones, other separators", async () => {
    const { files, store } = memoryStore();
    const logs = [
      { loss: 1, "a;b": 1e-7 },
      { loss: Number.NaN, "a;b": Number.NEGATIVE_INFINITY, more: 1 },
    ];
    await follow([new Script(logs), new CSVLogger({ store, name: "x" }, { separator: ";" })], 2);
    expect(files.get("x")).toBe('epoch;"a;b";loss;"val_a;b";val_loss\r\n0;1e-07;1.0;NA;NA\r\n1;-inf;nan;NA;NA\r\n');
  });

  test("goes on with what it kept", async () => {
    const { files, store } = memoryStore();
    const first = new CSVLogger({ store, name: "x" });
    await follow([new Script(epochs), first], 1);
    const second = new CSVLogger({ store, name: "x" });
    await second.onTrainBegin();
    second.setState(JSON.parse(JSON.stringify(first.getState())));
    await second.onEpochEnd(1, epochs[1]!);
    expect(files.get("x")).toBe(text);
  });

  test("options are checked", () => {
    expect(() => new CSVLogger("x", { separator: '"' })).toThrow('CSVLogger: separator is "\\""');
    expect(() => new CSVLogger("x", { append: 1 as unknown as boolean })).toThrow(
      "append is 1, expected true or false",
    );
  });
});

describe("LearningRateScheduler", () => {
  test("sets the rate of each epoch, logs it and says it", async () => {
    const model = zeroModel({ optimizer: new SGD({ learningRate: 0.5 }) });
    const lines: string[] = [];
    const callback = new LearningRateScheduler((epoch, rate) => (epoch === 0 ? rate : rate / 2), { verbose: 1 });
    const { history } = await follow([callback], 3, model, lines);
    expect(history.learning_rate).toEqual([0.5, 0.25, 0.125]);
    expect(lines.at(-1)).toBe("\nEpoch 3: LearningRateScheduler setting learning rate to 0.125.\n");
  });

  test.each([Number.NaN, -1, "0.1", undefined])("a rate of %s is refused", async (rate) => {
    const callback = new LearningRateScheduler(() => rate as number);
    await expect(follow([callback], 1)).rejects.toThrow(
      /^LearningRateScheduler: schedule gave .* for epoch 0, expected/,
    );
  });

  test("it takes a function", () => {
    expect(() => new LearningRateScheduler(0.1 as never)).toThrow(
      "LearningRateScheduler: schedule is 0.1, expected a function",
    );
  });
});

describe("TerminateOnNaN", () => {
  const bad = () => [tensor([[1], [Number.NaN], [1]]), tensor([[1], [1], [1]])] as const;
  const run = async (callback: Callback) => {
    const model = zeroModel();
    const lines: string[] = [];
    const options = {
      epochs: 3,
      batchSize: 1,
      shuffle: false,
      verbose: 0,
      write: (text: string) => lines.push(text),
    } as const;
    const history = await model.fit(...bad(), { ...options, callbacks: [callback] });
    return { history, lines, model };
  };

  test("ends training without an error, and keeps the weights", async () => {
    const { history, lines, model } = await run(new TerminateOnNaN());
    expect(history.history.loss).toEqual([Number.NaN]);
    expect(lines).toEqual(["Batch 1: Invalid loss, terminating training\n"]);
    expect(
      model
        .getWeights()
        .flatMap(({ data }) => [...data])
        .every(Number.isFinite),
    ).toBe(true);
  });

  test("raiseError leaves the error of fit", async () => {
    await expect(run(new TerminateOnNaN({ raiseError: true }))).rejects.toThrow(
      "The loss is NaN at step 2 of epoch 1.",
    );
  });
});

describe("SwapEMAWeights", () => {
  /** One weight that moves by 1 at each step, as x is 0: the bias. */
  const make = () => zeroModel({ optimizer: new SGD({ learningRate: 0.5, useEma: true, emaMomentum: 0.5 }) });
  const bias = (model: ReturnType<typeof make>) => model.getWeights()[1]!.data[0];

  test("evaluates and predicts with the averages", async () => {
    const model = make();
    const x = tensor([[0]]);
    const seen: (number | undefined)[] = [];
    const book = { onTestBegin: () => seen.push(bias(model)), onEpochEnd: () => seen.push(bias(model)) };
    const data = [x, tensor([[4]])] as const;
    await model.fit(...data, {
      epochs: 2,
      validationData: data,
      callbacks: [new SwapEMAWeights(), book],
      verbose: 0,
    });
    // The bias is 4 after the first step and stays; the first average is the weight itself.
    expect(seen).toEqual([4, 4, 4, 4]);
    await model.trainOnBatch(x, tensor([[0]]));
    expect(bias(model)).toBe(0);
    const output = await model.predict(x, { callbacks: [new SwapEMAWeights()], verbose: 0 });
    expect([...output.data]).toEqual([2]);
    expect(bias(model)).toBe(0);
  });

  test("with swapOnEpoch callbacks behind it see the averages, and they stay at the end", async () => {
    const model = make();
    const seen: (number | undefined)[] = [];
    const targets = [4, 0];
    const book = { onEpochEnd: () => seen.push(bias(model)) };
    const data = function* () {
      for (const target of targets) yield [tensor([[0]]), tensor([[target]])];
    };
    await model.fit(data(), {
      epochs: 2,
      stepsPerEpoch: 1,
      callbacks: [new SwapEMAWeights({ swapOnEpoch: true }), book],
      verbose: 0,
    });
    expect(seen).toEqual([4, 2]);
    expect(bias(model)).toBe(2);
  });

  test("an optimizer without averages is refused", async () => {
    const model = zeroModel();
    const [x, y] = powerRows(1);
    const callbacks = [new SwapEMAWeights()];
    await expect(model.fit(x, y, { validationData: [x, y], callbacks, verbose: 0 })).rejects.toThrow(
      "keeps no averages of weights; make it with useEma true.",
    );
  });
});

describe("RemoteMonitor", () => {
  test("sends the logs, as a form or as JSON; a missing server is said", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        bodies.push(
          `${request.method} ${request.url} ${request.headers["content-type"]} ${request.headers.who} ${body}`,
        );
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = new Script([{ loss: 0.5 }]);
    await follow([script, new RemoteMonitor({ root, headers: { who: "me" } })], 1);
    await follow([script, new RemoteMonitor({ root, path: "/x", sendAsJson: true })], 1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(bodies).toEqual([
      "POST /publish/epoch/end/ application/x-www-form-urlencoded;charset=UTF-8 me data=%7B%22epoch%22%3A0%2C%22loss%22%3A0.5%7D",
      'POST /x application/json undefined {"epoch":0,"loss":0.5}',
    ]);
    const lines: string[] = [];
    await follow([script, new RemoteMonitor({ root })], 1, zeroModel(), lines);
    expect(lines).toEqual([`RemoteMonitor: could not reach the server at ${root}\n`]);
  });

  test("an address that is none is refused", () => {
    expect(() => new RemoteMonitor({ root: "nowhere" })).toThrow(/^RemoteMonitor: root and path make "nowhere/);
  });
});

test("training that is ended early keeps the averages, too", async () => {
  const model = zeroModel({ optimizer: new SGD({ learningRate: 0.5, useEma: true, emaMomentum: 0.5 }) });
  const [x, y] = [tensor([[0]]), tensor([[4]])];
  const stop = new EarlyStopping({ monitor: "loss", mode: "max", patience: 0 });
  const swap = new SwapEMAWeights({ swapOnEpoch: true });
  await model.fit(x, y, { epochs: 9, callbacks: [stop, swap], verbose: 0 });
  expect(model.getWeights()[1]!.data[0]).toBe(4);
});
