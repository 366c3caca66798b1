import { describeGoldenRuns } from "./golden-run-suite.ts";

describeGoldenRuns([
  { title: "reference", device: "reference", tolerance: 1e-5, shortened: { seed_cnn: 2, bn_cnn: 8 } },
]);
