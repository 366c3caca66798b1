/** Makes layers of the case tables and golden files by the names of their classes. */

import * as barrel from "../../src/nn/layers/index.ts";
import { Layer } from "../../src/nn/layers/layer.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { type LayerCase, type LayerName, layerCases } from "../cases/layers.ts";

export const layerClasses = classesOf<Layer>({ barrel, base: Layer as unknown as abstract new () => Layer });

export function makeLayer(name: LayerName, options: object): Layer {
  return new (layerClasses.get(name)!)(options as never);
}

/** All cases with the name of their class and a title for the test. */
export const allLayerCases = (Object.keys(layerCases) as LayerName[]).flatMap((of) =>
  (layerCases[of] as readonly LayerCase[]).map((each) => ({ ...each, of, title: `${of}: ${each.name}` })),
);
