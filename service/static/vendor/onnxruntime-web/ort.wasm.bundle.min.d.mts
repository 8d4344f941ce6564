// The types of the vendored module, for `tsc` alone; not part of the packages that are released.
export * from "onnxruntime-common";
