/** Access to Node's built-in modules without an import that bundlers would follow. */

export const isNode = (): boolean => typeof process === "object" && process.versions?.node !== undefined;

/** A built-in module of Node. Call it only if `isNode()`. */
export const builtin: typeof process.getBuiltinModule = (name: string) => process.getBuiltinModule(name);
