/** Every layer of the barrel, by family: one that is added there does not compile before it has cases. */

import { attentionCases } from "./attention-layers.ts";
import { augmentationCases } from "./augmentation-layers.ts";
import { convolutionCases } from "./convolutional-layers.ts";
import { coreCases } from "./core-layers.ts";
import type { CasesOf, LayerName } from "./layer-case.ts";
import { mergingCases } from "./merging-layers.ts";
import { normalizationCases } from "./normalization-layers.ts";
import { poolingCases } from "./pooling-layers.ts";
import { preprocessingCases } from "./preprocessing-layers.ts";
import { recurrentCases } from "./recurrent-layers.ts";
import { regularizationCases } from "./regularization-layers.ts";
import { spatialCases } from "./spatial-layers.ts";

export { cellNames, type LayerCase, type LayerName } from "./layer-case.ts";

export const layerCases = {
  ...augmentationCases,
  ...convolutionCases,
  ...poolingCases,
  ...mergingCases,
  ...coreCases,
  ...normalizationCases,
  ...preprocessingCases,
  ...regularizationCases,
  ...spatialCases,
  ...recurrentCases,
  ...attentionCases,
} satisfies CasesOf<LayerName>;
