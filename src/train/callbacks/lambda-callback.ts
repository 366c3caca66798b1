import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { Callback, type CallbackMethods, events } from "./callback.ts";

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
    checkKeys("LambdaCallback", methods, [...events, "reads", "readsAfter", "getState", "setState"]);
    for (const [name, method] of Object.entries(methods))
      if (name !== "reads" && method !== undefined && typeof method !== "function")
        throw new ArgumentError(`LambdaCallback: ${name} is ${formatValue(method)}, expected a function.`);
    Object.assign(this, methods);
  }
}
