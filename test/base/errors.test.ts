import { expect, test } from "vitest";
import {
  ArgumentError,
  DeviceError,
  editDistance,
  FormatError,
  FoveaError,
  InputOutputError,
  InternalError,
  NumericError,
  nearestName,
  ShapeError,
  StateError,
  unknownName,
} from "../../src/base/errors.ts";
import { fc } from "../properties.ts";

test("every error is a FoveaError that carries its class's name", () => {
  const classes = {
    FoveaError,
    ShapeError,
    ArgumentError,
    StateError,
    FormatError,
    InputOutputError,
    DeviceError,
    NumericError,
    InternalError,
  };
  for (const [name, Class] of Object.entries(classes)) {
    const cause = new Error("below");
    const error = new Class("what happened", { cause });
    expect(error).toBeInstanceOf(FoveaError);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe(`${name}: what happened`);
    expect(error.cause).toBe(cause);
  }
});

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["relu", "relu", 0],
  ["rleu", "relu", 1],
  ["kitten", "sitting", 3],
  ["catagorical_crossentropy", "categorical_crossentropy", 1],
  ["ca", "abc", 3],
])("editDistance(%j, %j) is %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test("editDistance is symmetric, zero only for equal words, at most the longer length", () => {
  const word = fc.stringMatching(/^[ab_]{0,6}$/);
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test("nearestName ignores case and underscores, and finds nothing far away", () => {
  const losses = ["categorical_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error"];
  expect(nearestName("catagorical_crossentropy", losses)).toBe("categorical_crossentropy");
  expect(nearestName("CategoricalCrossentropy", losses)).toBe("categorical_crossentropy");
  expect(nearestName("Relu", ["relu", "selu"])).toBe("relu");
  expect(nearestName("hinge", losses)).toBeUndefined();
  expect(nearestName("relu", [])).toBeUndefined();
  // Texts of a damaged file, which would take hours.
  expect(nearestName("x".repeat(1e6), ["x".repeat(1e6 - 1)])).toBeUndefined();
  expect(nearestName("relu", ["r".repeat(1e7), "selu"])).toBe("selu");
});

test("unknownName says what came, what is near and what there is", () => {
  expect(unknownName("activation", "rleu", ["relu", "tanh"])).toEqual(
    new ArgumentError('Unknown activation "rleu". Did you mean "relu"? Known: relu, tanh.'),
  );
  expect(unknownName("loss", "hinge_of_door", ["mse"]).message).toBe('Unknown loss "hinge_of_door". Known: mse.');
  expect(unknownName("loss", 3, new Set(["mse"])).message).toBe("Unknown loss 3. Known: mse.");
});
