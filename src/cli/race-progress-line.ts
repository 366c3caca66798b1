/** The progress of a race as text: one line per device, in the form of training's. */
import type { RaceOptions } from "../insight/index.ts";
import { ProgressLine } from "../view/progress-line.ts";
import type { LineOptions } from "../view/terminal-line.ts";

export class RaceProgressLine {
  readonly #options: LineOptions;
  readonly #line: ProgressLine;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#line = new ProgressLine(options);
  }

  /** The callbacks for `race`. */
  get listeners(): Required<Pick<RaceOptions, "onStart" | "onStep">> {
    return {
      onStart: ({ name }) => {
        this.end();
        this.#options.write(`Training on ${name}\n`);
      },
      onStep: ({ step, steps, loss, accuracy }) => {
        if (step === 1) {
          this.#line.beginTrain({ epochs: 1, steps });
          this.#line.beginEpoch(0);
        }
        const logs = accuracy === undefined ? { loss } : { accuracy, loss };
        this.#line.step(step - 1, logs);
        if (step === steps) this.#line.endEpoch(logs);
      },
    };
  }

  /** Leaves the line of a device that stopped early visible. */
  end(): void {
    this.#line.endTrain();
  }
}
