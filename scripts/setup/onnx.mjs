import { lastLines, packageVersion, readStamp, run, writeStamp } from './tools.mjs';

/** Optional backend, the fast one of a clinic laptop. Its package holds the CPU libraries; its install script would only add CUDA. */
export async function onnx() {
  const key = `onnxruntime-node-${packageVersion('onnxruntime-node')}-${process.platform}-${process.arch}`;
  if (readStamp('onnx') === key) return { ready: true };
  const { code, output } = await run(process.execPath, [
    '-e',
    "require('onnxruntime-node').listSupportedBackends().forEach((b) => console.log(b.name))",
  ]);
  if (code !== 0) throw new Error(`does not load: ${lastLines(output, 3)}`);
  writeStamp('onnx', key);
  return {
    way: 'the libraries that the package brings',
    detail: `ONNX Runtime ${packageVersion('onnxruntime-node')} (${output.trim().split('\n').join(', ')})`,
  };
}
