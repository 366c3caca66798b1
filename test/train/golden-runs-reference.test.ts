import { describeGoldenRuns } from "./golden-run-suite.ts";

describeGoldenRuns([{ title: "reference", device: "reference", tolerance: 1e-5 }]);
