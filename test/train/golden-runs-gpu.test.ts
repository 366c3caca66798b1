import { describeGoldenRuns } from "./golden-run-suite.ts";

describeGoldenRuns([{ title: "gpu", device: "gpu", tolerance: 1e-4, shortened: { seed_cnn: 3 } }]);
