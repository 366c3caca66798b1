/** What station 10 asks the engine. */
import { gradCam, occlusion, randomizeLayer, saliency } from "fovea/insight";
import { imagesTensor } from "../../engine/networks.ts";
import type { Images, WeightsAt } from "../../engine/protocol.ts";
import type { Task } from "../../engine/tasks.ts";
import { type ForgetName, likeness, type MethodName } from "./state.ts";

export interface ExplainInput {
  readonly image: Images;
  readonly at: WeightsAt;
  readonly method: MethodName;
  /** -1 for the class that the network takes. */
  readonly classIndex: number;
  /** Rows and columns of the patch that covers. */
  readonly patch: number;
  /** The layer whose weights are shuffled. */
  readonly forget: ForgetName;
}

export interface ExplainOutput {
  /** [height, width] */
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly classIndex: number;
  /** How alike the map is to that of the network that has forgotten nothing; undefined where it has not. */
  readonly likeness: number | undefined;
}

type Model = Parameters<typeof saliency>[0];

async function mapOf(model: Model, { image, method, patch }: ExplainInput, classIndex: number | undefined) {
  const images = imagesTensor(image);
  if (method === "occlusion") return occlusion(model, images, { size: patch, classIndex });
  if (method === "grad_cam" || method === "hi_res_cam") return gradCam(model, images, { method, classIndex });
  return saliency(model, images, { method, classIndex });
}

export const explain: Task<ExplainInput, ExplainOutput> = (input, { withModel, signal }) =>
  withModel(input.at, async (model) => {
    signal.throwIfAborted();
    const { classes, maps } = await mapOf(model, input, input.classIndex < 0 ? undefined : input.classIndex);
    const [classIndex] = classes as [number];
    let shown = maps;
    if (input.forget !== "none") {
      const restore = randomizeLayer(model, input.forget);
      try {
        shown = (await mapOf(model, input, classIndex)).maps;
      } finally {
        restore();
      }
    }
    const [, height, width] = shown.shape as [number, number, number];
    return {
      data: Float32Array.from(shown.data),
      height,
      width,
      classIndex,
      likeness: shown === maps ? undefined : likeness(maps.data, shown.data),
    };
  });
