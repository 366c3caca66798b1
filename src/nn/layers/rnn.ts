import { ArgumentError } from "../../base/errors.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { type AnyLayer, layer } from "./layer-option.ts";
import { Recurrent } from "./recurrent.ts";
import { sequenceOptions } from "./recurrent-options.ts";
import { type Cell, isCell } from "./rnn-cell.ts";
import { StackedRNNCells } from "./stacked-rnn-cells.ts";

const options = {
  ...sequenceOptions,
  /** Computes one time step: Keras's cells, a list of cells on top of each other, or a layer of one's own that is a `Cell`. */
  cell: /* @__PURE__ */ layer(),
};

export type RNNOptions = Omit<GivenOptions<typeof options>, "cell"> & {
  readonly cell: AnyLayer | Cell | readonly (AnyLayer | Cell)[];
};

/**
 * Runs a cell over the time steps of a sequence. K: `layers/rnn/rnn.py`.
 *
 * [batch, time, …] → [batch, outputs], with `returnSequences` [batch, time, outputs]; with `returnState` a list: the output,
 * then the states. Time steps are unrolled. A time step that the mask leaves out changes no state.
 *
 * @typeParam Y what `call` gives: with `returnState` a list
 * @throws ArgumentError for a layer that is no cell
 * @example
 * ```ts
 * import { type CellOptions, type CellResult, Layer, RNN } from "fovea/layers";
 * import { add, type Sym } from "fovea/ops";
 * class Sum extends Layer<object, CellResult> {
 *   get stateSize() {
 *     return 2;
 *   }
 *   override get callArguments() {
 *     return ["states"];
 *   }
 *   override call(x: Sym, { states }: CellOptions): CellResult {
 *     const sum = add(states![0] as Sym, x);
 *     return [sum, [sum]];
 *   }
 * }
 * const layer = new RNN({ cell: new Sum() });
 * (await layer.run([[[1, 2], [3, 4]]], { device: "reference" })).toArray(); // [[4, 6]]
 * ```
 */
export class RNN<Y extends Nested<Sym> = Sym> extends Recurrent<OptionsOf<typeof options>, Y> {
  static override readonly className = "RNN";
  static override readonly options = options;
  override readonly cell: Cell;

  constructor(given: RNNOptions & LayerOptions) {
    const { cell } = given ?? {};
    super(Array.isArray(cell) ? { ...given, cell: new StackedRNNCells({ cells: cell }) } : given);
    if (!isCell(this.options.cell))
      throw new ArgumentError(
        `${this.title}: ${(this.options.cell as AnyLayer).title} is no cell: it has no stateSize. Cells are LSTMCell, GRUCell, SimpleRNNCell, StackedRNNCells and layers of one's own that compute a time step.`,
      );
    this.cell = this.options.cell as unknown as Cell;
  }
}
