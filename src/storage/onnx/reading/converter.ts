/** What makes layers of a node: its outputs, one by one. At least one of the inputs is a flow. */
import type { GraphValue } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";

export type Converter = (call: NodeCall) => readonly GraphValue[];
