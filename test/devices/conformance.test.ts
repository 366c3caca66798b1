import { afterAll, beforeAll, describe, test } from "vitest";
import type { Device } from "../../src/ir/device.ts";
import { casesOf, opNames } from "../ops/case-graph.ts";
import { checkCase } from "./check-case.ts";
import { deviceList } from "./device-list.ts";

describe.each(deviceList)("$name", ({ start, choose = (cases) => cases }) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  describe.each(opNames)("%s", (name) => {
    test.each(choose(casesOf(name)))("$name", (each) => checkCase(device, each));
  });
});
