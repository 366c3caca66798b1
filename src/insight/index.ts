/** Looking into a model: `import { cost, receptiveField } from "fovea/insight"`. */
export { type Cost, cost, costText, type LayerCost } from "./cost.ts";
export { explainSteps } from "./explain.ts";
export type { Pair } from "./reading.ts";
export { type PixelBox, type ReceptiveField, receptiveField, receptiveFieldText } from "./receptive-field.ts";
