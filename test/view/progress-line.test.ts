import { describe, expect, test } from "vitest";
import { StateError } from "../../src/base/errors.ts";
import { ProgressLine } from "../../src/view/progress-line.ts";
import type { LineOptions } from "../../src/view/terminal-line.ts";

/** A progress line with a clock in the test's hand; `take` returns what was written since the last call. */
function setUp(options: Partial<LineOptions> & Pick<LineOptions, "mode">) {
  let text = "";
  const clock = { milliseconds: 5000 };
  const line = new ProgressLine({
    write: (piece) => {
      text += piece;
    },
    now: () => clock.milliseconds,
    columns: 120,
    ...options,
  });
  const take = () => {
    const taken = text;
    text = "";
    return taken;
  };
  return { line, clock, take };
}

const early = { loss: 0.3271, accuracy: 0.9013 };
const late = { val_loss: 0.0702, loss: 0.1938, val_accuracy: 0.9779, accuracy: 0.9421 };

describe("terminal", () => {
  test("an epoch of the handout's training", () => {
    const { line, clock, take } = setUp({ mode: "terminal" });
    line.beginTrain({ epochs: 3, steps: 1875 });
    line.beginEpoch(0);
    expect(take()).toBe("Epoch 1/3\n");
    clock.milliseconds += 2000;
    line.step(0, { loss: 2.3, accuracy: 0.1 });
    // Only the warm-up step is known: no time left yet.
    expect(take()).toBe("\r   1/1875 ──────────────────── 2s/step - accuracy: 0.1000 - loss: 2.3000\x1b[K");
    clock.milliseconds += 21 * 811;
    line.step(811, early);
    expect(take()).toBe("\r 812/1875 ━━━━━━━━──────────── 22s 21ms/step - accuracy: 0.9013 - loss: 0.3271\x1b[K");
    clock.milliseconds += 21 * 1063;
    line.step(1874, { loss: 0.1938, accuracy: 0.9421 });
    expect(take()).toBe("\r1875/1875 ━━━━━━━━━━━━━━━━━━━━ 0s 21ms/step - accuracy: 0.9421 - loss: 0.1938\x1b[K");
    // Validation: counts into the seconds, not into the time of a training step.
    clock.milliseconds += 1600;
    line.endEpoch(late);
    expect(take()).toBe(
      "\r1875/1875 ━━━━━━━━━━━━━━━━━━━━ 43s 21ms/step - accuracy: 0.9421 - loss: 0.1938 - val_accuracy: 0.9779 - val_loss: 0.0702\x1b[K\n",
    );
    line.beginEpoch(1);
    line.endTrain();
    expect(take()).toBe("Epoch 2/3\n");
  });

  test("no heading for a single epoch", () => {
    const { line, take } = setUp({ mode: "terminal" });
    line.beginTrain({ epochs: 1, steps: 2 });
    line.beginEpoch(0);
    expect(take()).toBe("");
  });

  test("at most ten drawings a second, the last step always", () => {
    const { line, clock, take } = setUp({ mode: "terminal" });
    line.beginTrain({ epochs: 1, steps: 1000 });
    line.beginEpoch(0);
    for (let i = 0; i < 999; i++) {
      clock.milliseconds += 1;
      line.step(i);
    }
    expect(take().split("\r").length - 1).toBe(10);
    line.step(999);
    expect(take()).toBe("\r1000/1000 ━━━━━━━━━━━━━━━━━━━━ 0s 999us/step\x1b[K");
  });

  test("what does not fit is left out whole, the last line is not cut", () => {
    const { line, clock, take } = setUp({ mode: "terminal", columns: 64 });
    line.beginTrain({ epochs: 1, steps: 1875 });
    line.beginEpoch(0);
    clock.milliseconds += 100;
    line.step(0, early);
    expect(take()).toBe("\r   1/1875 ──────────────────── 100ms/step - accuracy: 0.9013\x1b[K");
    line.endEpoch(early);
    expect(take()).toBe("\r   1/1875 ──────────────────── 0s 100ms/step - accuracy: 0.9013 - loss: 0.3271\x1b[K\n");
  });

  test("never reaches the terminal's last cell", () => {
    for (let columns = 1; columns < 90; columns++) {
      const { line, take } = setUp({ mode: "terminal", columns, color: true });
      line.beginTrain({ epochs: 1, steps: 1875 });
      line.beginEpoch(0);
      line.step(811, early);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: removes the escapes
      expect(take().replace(/\r|\x1b\[\d*[mK]/g, "").length).toBeLessThan(columns);
    }
  });

  test("colours", () => {
    const { line, clock, take } = setUp({ mode: "terminal", color: true });
    line.beginTrain({ epochs: 1, steps: 4 });
    line.beginEpoch(0);
    clock.milliseconds += 500;
    line.step(0);
    clock.milliseconds += 500;
    line.step(1, { loss: 0.0005 });
    take();
    clock.milliseconds += 500;
    line.step(2, { loss: 0.0005 });
    expect(take()).toBe(
      "\r\x1b[1m3/4\x1b[0m \x1b[32m━━━━━━━━━━━━━━━\x1b[0m\x1b[37m─────\x1b[0m \x1b[1m0s\x1b[0m 500ms/step - loss: 5.0000e-04\x1b[K",
    );
  });

  test("an unknown number of steps", () => {
    const { line, clock, take } = setUp({ mode: "terminal" });
    line.beginTrain({ epochs: 1, steps: undefined });
    line.beginEpoch(0);
    clock.milliseconds += 3000;
    line.step(1, { loss: 2 });
    expect(take()).toBe("\r      2/Unknown 2s/step - loss: 2.0000\x1b[K");
    line.endEpoch({ loss: 2 });
    expect(take()).toBe("\r2/2 ━━━━━━━━━━━━━━━━━━━━ 3s 2s/step - loss: 2.0000\x1b[K\n");
  });

  test("evaluate's bar", () => {
    const { line, clock, take } = setUp({ mode: "terminal" });
    line.beginTest(313);
    clock.milliseconds += 10;
    line.step(0, { loss: 1 });
    clock.milliseconds += 312 * 2;
    line.step(312, { loss: 0.0421, accuracy: 0.9863 });
    take();
    line.endTest({ loss: 0.0421, accuracy: 0.9863 });
    expect(take()).toBe("\r313/313 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step - accuracy: 0.9863 - loss: 0.0421\x1b[K\n");
  });

  test("a note does not tear the bar; a stop in mid-epoch leaves it standing", () => {
    const { line, take } = setUp({ mode: "terminal" });
    line.beginTrain({ epochs: 1, steps: 4 });
    line.beginEpoch(0);
    line.step(0);
    take();
    line.note("saved");
    expect(take()).toBe("\rsaved\x1b[K\n");
    line.step(1);
    expect(take()).toBe("\r2/4 ━━━━━━━━━━────────── 0s 0s/step\x1b[K");
    line.endTrain();
    expect(take()).toBe("\n");
  });
});

describe("log", () => {
  test("one line for each epoch and a heartbeat each 30 seconds, no escapes", () => {
    const { line, clock, take } = setUp({ mode: "log", color: true });
    line.beginTrain({ epochs: 2, steps: 1875 });
    line.beginEpoch(0);
    for (let i = 0; i < 1875; i++) {
      clock.milliseconds += 40;
      line.step(i, early);
    }
    clock.milliseconds += 1000;
    line.endEpoch(late);
    expect(take()).toBe(
      [
        "Epoch 1/2",
        " 750/1875 - 30s - 40ms/step - 45s left - accuracy: 0.9013 - loss: 0.3271",
        "1500/1875 - 60s - 40ms/step - 15s left - accuracy: 0.9013 - loss: 0.3271",
        "1875/1875 - 76s - 40ms/step - accuracy: 0.9421 - loss: 0.1938 - val_accuracy: 0.9779 - val_loss: 0.0702",
        "",
      ].join("\n"),
    );
  });

  test("the line of Keras's documentation of verbose=2", () => {
    const { line, clock, take } = setUp({ mode: "log" });
    line.beginTrain({ epochs: 1, steps: 2 });
    line.beginEpoch(0);
    clock.milliseconds += 2000;
    line.step(0);
    clock.milliseconds += 1000;
    line.step(1);
    line.endEpoch({ accuracy: 1, loss: 0.8419, val_accuracy: 0.3333, val_loss: 1.1259 });
    expect(take()).toBe(
      "2/2 - 3s - 1s/step - accuracy: 1.0000 - loss: 0.8419 - val_accuracy: 0.3333 - val_loss: 1.1259\n",
    );
  });

  test("a metric whose name sorts behind val_ still comes before validation; NaN shows", () => {
    const { line, take } = setUp({ mode: "log" });
    line.beginTest(1);
    line.step(0);
    line.endTest({ val_a: 1, z: Number.NaN, a: Number.NEGATIVE_INFINITY });
    expect(take()).toBe("1/1 - 0s - 0s/step - a: -inf - z: nan - val_a: 1.0000\n");
  });

  test("a note is a line", () => {
    const { line, take } = setUp({ mode: "log" });
    line.note("compiled 14 GPU kernels in 1.9s");
    expect(take()).toBe("compiled 14 GPU kernels in 1.9s\n");
  });
});

describe("json", () => {
  test("a run as JSON lines; what is no JSON number becomes a string", () => {
    const { line, clock, take } = setUp({ mode: "json", heartbeatSeconds: 1 });
    line.beginTrain({ epochs: 2, steps: 4 });
    line.beginEpoch(0);
    clock.milliseconds += 500;
    line.step(0, { loss: 1 });
    clock.milliseconds += 500;
    line.step(1, { loss: 1 });
    clock.milliseconds += 500;
    line.step(2, { loss: 1 });
    clock.milliseconds += 250;
    line.step(3, { loss: 1 });
    line.endEpoch({ loss: Number.NaN, accuracy: Number.POSITIVE_INFINITY });
    line.note("best so far");
    line.endTrain();
    line.beginTest(7, "predict");
    line.endTest();
    const events = take()
      .trimEnd()
      .split("\n")
      .map((each) => JSON.parse(each) as unknown);
    expect(events).toEqual([
      { event: "begin", phase: "train", epochs: 2, steps: 4 },
      { event: "heartbeat", phase: "train", epoch: 1, epochs: 2, steps: 4, step: 2, seconds: 1, logs: { loss: 1 } },
      {
        event: "epoch",
        phase: "train",
        epoch: 1,
        epochs: 2,
        steps: 4,
        step: 4,
        seconds: 1.75,
        msPerStep: 1250 / 3,
        logs: { loss: "NaN", accuracy: "Infinity" },
      },
      { event: "note", text: "best so far" },
      { event: "end", phase: "train", seconds: 1.75 },
      { event: "begin", phase: "predict", steps: 7 },
      { event: "predict", phase: "predict", steps: 7, step: 0, seconds: 0, msPerStep: 0, logs: {} },
    ]);
  });
});

test("silent writes nothing", () => {
  const { line, clock, take } = setUp({ mode: "silent" });
  line.beginTrain({ epochs: 2, steps: 1 });
  line.beginEpoch(0);
  clock.milliseconds += 60_000;
  line.step(0, { loss: 1 });
  line.endEpoch({ loss: 1 });
  line.note("x");
  line.endTrain();
  line.beginTest(1);
  line.step(0);
  line.endTest();
  expect(take()).toBe("");
});

test("calls out of order are named", () => {
  const { line } = setUp({ mode: "silent" });
  expect(() => line.beginEpoch(0)).toThrow(
    new StateError("ProgressLine.beginEpoch came before beginTrain; call it first."),
  );
  for (const [name, call] of [
    ["step", () => line.step(0)],
    ["endEpoch", () => line.endEpoch({})],
    ["endTest", () => line.endTest({})],
  ] as const)
    expect(call).toThrow(
      new StateError(`ProgressLine.${name} came while nothing runs; call beginEpoch or beginTest first.`),
    );
});

test("a fifth of an epoch's time spent on waiting for data is said, and less is not", () => {
  const said = (waitedMs: number) => {
    const { line, clock, take } = setUp({ mode: "log" });
    line.beginTrain({ epochs: 1, steps: 1 });
    line.beginEpoch(0);
    line.step(0, { loss: 1 });
    clock.milliseconds += 1000;
    line.endEpoch({ loss: 1 }, waitedMs);
    return take();
  };
  expect(said(200)).toContain("waiting for data 20 %");
  expect(said(199)).not.toContain("waiting");
});
