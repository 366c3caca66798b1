/** What a device can do at most, measured on this machine. Kernels are compared with it. */
export interface Peaks {
  /** GFLOP/s of multiply-adds in registers. */
  readonly gflops: number;
  /** GB/s of a copy that no cache holds, reads plus writes. */
  readonly gigabytes: number;
}
