/** Copies of layers, with new weights. */
import { Layer } from "./layer.ts";
import type { AnyLayer } from "./layer-option.ts";

type LayerMaker = { fromConfig(config: Readonly<Record<string, unknown>>): AnyLayer };

/** A layer of the same class and config, but for `changes`; the layers that it holds are copied, too. */
export function copyLayer(layer: AnyLayer, changes: Readonly<Record<string, unknown>> = {}): AnyLayer {
  const copy = (value: unknown): unknown => {
    if (value instanceof Layer) return copyLayer(value as unknown as AnyLayer);
    return Array.isArray(value) ? value.map(copy) : value;
  };
  const config = Object.entries(layer.getConfig()).map(([name, value]) => [name, copy(value)]);
  return (layer.constructor as unknown as LayerMaker).fromConfig({ ...Object.fromEntries(config), ...changes });
}
