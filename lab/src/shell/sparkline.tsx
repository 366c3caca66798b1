import { SPARK_HEIGHT, SPARK_WIDTH, sparkPath } from "../base/sparkline.ts";
import type { RunStep } from "../engine/protocol.ts";

/** The loss of the run so far. */
export function Sparkline({ steps }: { readonly steps: readonly RunStep[] }) {
  return (
    <svg class="sparkline" viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`} aria-hidden="true">
      <path d={sparkPath(steps)} />
    </svg>
  );
}
