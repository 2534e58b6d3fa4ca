import type { BackendName } from '../../shared/domain/codes';

/** What a network answers for a batch of n images. */
export interface Forward {
  /** n x outputs, row-major; raw (before temperature). */
  logits: Float32Array;
  /** n x rows x columns x channels (NHWC), the input of the global average pool. */
  featureMap: { rows: number; columns: number; channels: number; values: Float32Array };
  /** n x channels, the pooled features. */
  embedding: Float32Array;
}

/** One interface, three engines; only the chosen one is ever loaded. */
export interface Backend {
  readonly name: BackendName;
  /** Shown to the user as it is: library, version, CPU or GPU, threads. */
  readonly device: string;
  /**
   * @param images n x size x size x 3 (NHWC) float32, normalised as the card's preprocessing says
   */
  forward(images: Float32Array, n: number): Promise<Forward>;
  dispose(): void;
}
