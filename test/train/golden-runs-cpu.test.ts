import { describeGoldenRuns } from "./golden-run-suite.ts";

describeGoldenRuns([
  { title: "cpu, 1 thread", device: "cpu", threads: 1, tolerance: 1e-4 },
  { title: "cpu, 2 threads", device: "cpu", threads: 2, tolerance: 1e-4 },
]);
