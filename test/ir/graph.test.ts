import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import {
  type Graph,
  GraphBuilder,
  type Node,
  rewriteGraph,
  rowShape,
  type Spec,
  withRows,
} from "../../src/ir/graph.ts";
import { emitOne } from "../../src/ir/op.ts";
import { printGraph } from "../../src/ir/print.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { add, elementwiseOps, mul, tanh } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";

const spec: Spec = { shape: [2, 3], dtype: "float32", batched: true };

function example(): Graph {
  const builder = new GraphBuilder();
  const weights = builder.variable("w", [3, 3]);
  builder.output("y", tanh(matMul(builder.input("x", spec), weights)));
  builder.update("w", mul(weights, 0.5));
  return builder.finish();
}

describe("the builder", () => {
  test("gives the same value for the same name", () => {
    const builder = new GraphBuilder();
    expect(builder.input("x", spec)).toBe(builder.input("x", { ...spec }));
    expect(builder.variable("w", [3])).toBe(builder.variable("w", [3]));
    expect(builder.localRows()).toBe(builder.localRows());
  });

  test("refuses one name with two specs", () => {
    const builder = new GraphBuilder();
    builder.input("x", spec);
    expect(() => builder.input("x", { ...spec, batched: false })).toThrow(
      new InternalError('"x" is used with two different specs.'),
    );
    builder.variable("w", [3]);
    expect(() => builder.variable("w", [4])).toThrow(InternalError);
  });

  test("refuses to mix two graphs", () => {
    const [a, b] = [new GraphBuilder().input("x", spec), new GraphBuilder().input("x", spec)];
    expect(() => add(a, b)).toThrow(new InternalError('"add" mixes values of two graphs.'));
  });

  test("refuses updates of what was never read and of another spec", () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", spec);
    expect(() => builder.update("w", x)).toThrow(new InternalError('Variable "w" is updated but was never read.'));
    builder.variable("w", [2, 3]);
    expect(() => builder.update("w", x)).toThrow(new InternalError('Variable "w" cannot change its spec.'));
  });

  test("an op without inputs cannot be emitted by its inputs", () => {
    expect(() => emitOne(elementwiseOps.add, [], { operands: [] })).toThrow('"add" needs an input');
  });
});

test("rows of a spec", () => {
  expect(withRows(spec, 1).shape).toEqual([1, 3]);
  expect(rowShape(spec)).toEqual([3]);
  const whole = { ...spec, batched: false };
  expect(withRows(whole, 1)).toBe(whole);
  expect(rowShape(whole)).toEqual([2, 3]);
});

test("printGraph: inputs, variables, nodes, updates, outputs", () => {
  expect(printGraph(example()).split("\n")).toEqual([
    'input %1 f32[B2,3] "x"',
    'variable %0 f32[3,3] "w"',
    "%2 f32[B2,3] = matMul(%1, %0) {transposeA: false}",
    "%3 f32[B2,3] = tanh(%2) {operands: [null]}",
    "%4 f32[3,3] = mul(%0) {operands: [null,0.5]}",
    'update "w" = %4',
    'output "y" = %3',
  ]);
});

describe("rewriteGraph", () => {
  test("copies a graph", () => {
    const copy = rewriteGraph(example(), (node, inputs, builder) => builder.emit(node.op, inputs, node.attrs));
    verifyGraph(copy);
    expect(copy.nodes.map(({ op }) => op.name)).toEqual(["matMul", "tanh", "mul"]);
    expect(
      copy.nodes.flatMap(({ outputs }) => outputs).every(({ builder }) => builder === copy.outputs.get("y")!.builder),
    ).toBe(true);
  });

  test("sees a value that is read before it is made", () => {
    const graph = example();
    const turned = { ...graph, nodes: [...graph.nodes].reverse() };
    const copy = () => rewriteGraph(turned, (node, inputs, builder) => builder.emit(node.op, inputs, node.attrs));
    expect(copy).toThrow(new InternalError("Value %2 is read before it is made."));
  });
});

describe("verifyGraph finds", () => {
  const broken = (change: (nodes: Node[], graph: Graph) => Partial<Graph> | undefined) => {
    const graph = example();
    const nodes = [...graph.nodes];
    const changed = change(nodes, graph);
    return () => verifyGraph({ ...graph, nodes, ...changed });
  };

  test("nothing in a sound graph, which it returns", () => {
    const graph = example();
    expect(verifyGraph(graph)).toBe(graph);
  });

  test("a value that is read before it is made", () => {
    const turn = broken((nodes) => void nodes.reverse());
    expect(turn).toThrow(new InternalError("Node 1 (tanh) reads %2, which is not made before it."));
  });

  test("a value that is made twice", () => {
    const twice = broken((nodes) => void nodes.push(nodes[0]!));
    expect(twice).toThrow(new InternalError("Node 3 (matMul) makes %2 a second time."));
  });

  test("an output that is not what the op's rule says", () => {
    const wrong = broken((nodes) => {
      const [first] = nodes;
      const output = { ...first!.outputs[0]!, spec: { ...spec, shape: [2, 4] } };
      nodes[0] = { ...first!, outputs: [output] };
    });
    expect(wrong).toThrow(new InternalError("Node 0 (matMul) output 0 is f32[B2,4], its rule says f32[B2,3]."));
  });

  test("too few outputs", () => {
    const few = broken((nodes) => {
      nodes[0] = { ...nodes[0]!, outputs: [] };
    });
    expect(few).toThrow(new InternalError("Node 0 (matMul) has 0 outputs, its rule says 1."));
  });

  test("an output or an update that nobody makes", () => {
    const stray = new GraphBuilder().input("stray", spec);
    expect(broken(() => ({ outputs: new Map([["y", stray]]) }))).toThrow('Output "y" reads %0');
    expect(broken((_nodes, { variables }) => ({ variables: [{ ...variables[0]!, update: stray }] }))).toThrow(
      'Update of "w" reads %0',
    );
  });

  test("an update of another spec", () => {
    const other = broken((nodes, { variables }) => ({
      variables: [{ ...variables[0]!, update: nodes[0]!.outputs[0] }],
    }));
    expect(other).toThrow(new InternalError('Update of "w" changes its spec.'));
  });
});
