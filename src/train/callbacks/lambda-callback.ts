import type { CallbackMethods } from "./callback.ts";
import { Callback } from "./callback.ts";

/**
 * A callback made of functions. K: `callbacks/lambda_callback.py`. A plain object with these methods does the same.
 *
 * @example
 * ```ts
 * import { LambdaCallback } from "fovea/callbacks";
 * new LambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) });
 * ```
 */
export class LambdaCallback extends Callback {
  constructor(methods: CallbackMethods) {
    super();
    Object.assign(this, methods);
  }
}
