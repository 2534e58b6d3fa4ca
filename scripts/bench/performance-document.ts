import type { BackendName } from '../../electron/shared/domain/codes';
import type { Figures, FolderFigures } from './main-job';

/** docs/performance.md, from the figures alone: nobody types a number into it. */
export function performanceDocument(figures: Figures): string {
  const { machine, model, photographs, folders, inference, engineReadyMs, memory } = figures;
  const rows = (Object.entries(folders) as [BackendName, FolderFigures][]).map(
    ([backend, f]) =>
      `| ${backend} | ${f.imagesPerSecond} | ${f.p50Ms} | ${f.p95Ms} | ${f.oneAtATimeP95Ms} | ${f.mainThreadP99Ms} | ${f.mainThreadMaxMs} |`,
  );
  return `# Performance

Written by \`npm run bench -- --write\`; change the program, not this file. The bars are those of the design: with \`onnx\` 95 of 100 files
stored within 100 ms and 20 images a second, with \`wasm\` within 400 ms, inference at most 1.1 times the plain call, engine ready within
2 s, memory that does not grow with the number of files.

Machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, onnxruntime ${machine.onnxruntime},
sharp ${machine.sharp}. Load when it began: ${machine.loadAtStart}${machine.loadAtStart > 0.5 ? ' (other programs ran: times are too long, and this run proves or refutes no bar of time)' : ''}. ${machine.date}, commit ${machine.commit}.
Model: ${model.name}, ${model.inputSizePx} px. Photographs: JPEG, longer side ${photographs.longerSidePx} px, ${photographs.source}.

| backend | images a second | file to stored, median ms | 95 of 100 within ms | one file at a time, 95 of 100 within ms | main thread p99 ms | main thread longest ms |
|---|---|---|---|---|---|---|
${rows.join('\n')}

"File to stored" runs from opening the file to the end of the transaction that holds its result, while other files are under way; "one
file at a time" is what a technician waits for after a shot. "Main thread" is the delay of its event loop while a folder is screened.

- Inference alone, onnx, ${inference.threads} thread(s): ${inference.oursMs} ms, the plain onnxruntime-node call on the same file ${inference.plainMs} ms, ratio ${inference.ratio}.
- Engine ready (process start to loaded model, onnx): ${engineReadyMs} ms.
- Peak memory at 200 files: program ${memory.at200.programMb} MB, engine ${memory.at200.engineMb} MB; at 2,000 files: ${memory.at2000.programMb} MB and ${memory.at2000.engineMb} MB.
`;
}
