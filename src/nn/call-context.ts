import type { Nested } from "../base/structure.ts";
import type { Sym } from "../ir/graph.ts";

/** What a layer's `call` is told besides its inputs. */
export interface CallContext {
  /** Whether the step trains: Dropout drops then, and only then. */
  readonly training: boolean;
  /** Which entries of the inputs count (1 or 0 each); undefined: all. */
  readonly mask?: Nested<Sym | undefined>;
  /** Arguments that the layer names in `callArguments`. */
  readonly [argument: string]: unknown;
}

/** What a caller may state; the rest comes from the enclosing call. */
export interface CallOptions {
  /** Default: as the enclosing model runs. */
  readonly training?: boolean | undefined;
  /** Default: the inputs' own masks. */
  readonly mask?: Nested<Sym | undefined>;
}
