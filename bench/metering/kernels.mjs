// The kernels that are measured, and how they are built: as guests are.
import { compile } from "../../scripts/build/cargo.mjs";
import { Report } from "../../scripts/setup/report.mjs";

/** Each with the size that takes some 20 ms on the machines of today, and a small one. */
export const kernels = [
  { name: "fib", title: "fib", size: 33, small: 12 },
  { name: "sha256", title: "SHA-256", size: 4096, small: 4 },
  { name: "matmul", title: "matmul", size: 240, small: 8 },
  { name: "json", title: "JSON parse", size: 4000, small: 10 },
  { name: "image_resize", title: "image resize", size: 900, small: 8 },
];

/** Compiles them; resolves to the path of the module. */
export function buildKernels(report = new Report()) {
  return compile("bench-kernels", { report });
}
