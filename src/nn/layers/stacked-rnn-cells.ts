import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { layers } from "./layer-option.ts";
import {
  beginCell,
  type Cell,
  type CellResult,
  type CellRun,
  initialStatesOf,
  isCell,
  outputSizeOf,
  RNNCell,
  type StateSize,
  type States,
} from "./rnn-cell.ts";

const options = {
  /** The cells, from the input on. */
  cells: /* @__PURE__ */ layers(),
};

export type StackedRNNCellsOptions = GivenOptions<typeof options>;

/**
 * Cells on top of each other as one cell: each reads the output of the one before. Its states are a list for each cell.
 * [batch, inputs] → [batch, outputs of the last cell]. K: `layers/rnn/stacked_rnn_cells.py`.
 *
 * @throws ArgumentError for a layer that is no cell
 * @example
 * ```ts
 * import { GRUCell, LSTMCell, RNN, StackedRNNCells } from "fovea/layers";
 * const cell = new StackedRNNCells({ cells: [new LSTMCell({ units: 8 }), new GRUCell({ units: 4 })] });
 * new RNN({ cell }).computeOutputShape([null, 5, 3]); // [null, 4]
 * ```
 */
export class StackedRNNCells extends RNNCell<OptionsOf<typeof options>> {
  static override readonly className = "StackedRNNCells";
  static override readonly options = options;
  readonly cells: readonly Cell[];

  constructor(given: StackedRNNCellsOptions & LayerOptions) {
    super(given);
    const { cells } = this.options;
    for (const cell of cells)
      if (!isCell(cell)) throw new ArgumentError(`${this.title}: ${cell.title} is no cell: it has no stateSize.`);
    this.cells = cells as unknown as readonly Cell[];
  }

  get stateSize(): StateSize {
    return this.cells.map(({ stateSize }) => (typeof stateSize === "number" ? [stateSize] : stateSize.flat()));
  }

  get outputSize(): number {
    return outputSizeOf(this.cells.at(-1)!);
  }

  override get inputRank(): number | undefined {
    return this.cells[0]?.inputRank;
  }

  initialStates(like: Sym): States {
    return this.cells.map((cell) => initialStatesOf(cell, like).flat());
  }

  override build(inputShape: BatchShape): void {
    let shape = inputShape;
    for (const cell of this.cells) {
      cell.build(shape);
      shape = [shape[0]!, outputSizeOf(cell)];
    }
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  begin(like: Sym, training: boolean): CellRun {
    const [first, ...rest] = this.cells as [Cell, ...Cell[]];
    const runs = [beginCell(first, like, training)];
    const project = (x: Sym) => runs[0]!.project(x);
    const step = (projected: Sym, states: States): CellResult => {
      let [output, made] = runs[0]!.step(projected, states[0] as States);
      const after = [made.flat()];
      rest.forEach((cell, i) => {
        // The later cells begin at the first step, by the output that they read; their masks are drawn then, once.
        runs[i + 1] ??= beginCell(cell, output, training);
        const run = runs[i + 1]!;
        [output, made] = run.step(run.project(output), states[i + 1] as States);
        after.push(made.flat());
      });
      return [output, after];
    };
    return { project, step };
  }
}
