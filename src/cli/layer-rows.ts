/** The layers of a model for programs. */
import type { Model } from "../index.ts";

/** Name, class, shape and parameters of each layer. */
export function layerRows({ layers }: Model): readonly object[] {
  return layers.map((layer) => ({
    name: layer.name,
    className: layer.className,
    outputShape: layer.inboundNodes[0]?.outputs[0]?.shape,
    params: layer.built ? layer.countParams() : null,
  }));
}
