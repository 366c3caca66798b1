/** Converts keys between fovea's camelCase and Keras's snake_case. Values are not changed. */

/** "kernelSize" → "kernel_size", "beta1" → "beta_1", "beta2Decay" → "beta_2_decay". */
export function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]|(?<=[a-z]{2})[0-9]+(?=$|[A-Z])/g, (part) => `_${part.toLowerCase()}`);
}

/** "kernel_size" → "kernelSize", "beta_1" → "beta1". */
export function toCamelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Converts the keys of plain objects at any depth, also inside arrays; other values are not changed. */
function convertKeys(value: unknown, convert: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((entry) => convertKeys(entry, convert));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [convert(key), convertKeys(entry, convert)]));
}

export const toSnakeCaseKeys = (value: unknown): unknown => convertKeys(value, toSnakeCase);
export const toCamelCaseKeys = (value: unknown): unknown => convertKeys(value, toCamelCase);
