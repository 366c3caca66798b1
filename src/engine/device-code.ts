/** The code of the devices. It is imported when it is asked for, so that a page loads the one that it uses. */

export const deviceCode = {
  cpu: () => import("../devices/cpu/cpu-device.ts"),
  gpu: () => import("../devices/gpu/gpu-device.ts"),
  reference: () => import("../devices/reference/reference-device.ts"),
};
