import type { Backend } from '../backends/backend';
import { loadBackend } from '../backends/load';
import { readCard } from '../bundle/read';
import { evidenceFor, evidenceMap } from '../explain/evidence';
import { PREPROCESSING_VERSION } from '../images/preprocess';
import { inputSizeOf } from '../network/graph';
import { parseNetwork, type Network } from '../network/layers-topology';
import type { BundleFiles, PredictionResult } from '../protocol';
import { HEAD_OUTPUTS, type Head, type ModelCard } from '../../shared/domain/card';
import type { BackendName } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { gradeProbabilities, REFERABLE_DIRECTION } from './probabilities';

/** A model that can screen, on the backend that runs it. */
export interface LoadedModel {
  id: string;
  card: ModelCard;
  backend: Backend;
  /** @param input size x size x 3, normalised */
  predict(input: Float32Array): Promise<PredictionResult>;
}

/**
 * @throws AppError bundle-foreign (no head, or a network that we do not run), bundle-preprocessing-mismatch,
 *   backend-unavailable
 */
export async function loadModel(bundle: BundleFiles, backendName: BackendName, threads: number): Promise<LoadedModel> {
  const card = readCard(bundle.card);
  const { head } = card;
  if (head === null) throw new AppError('bundle-foreign', { detail: 'a backbone without a head cannot screen' });
  if (card.preprocessing !== PREPROCESSING_VERSION) {
    throw new AppError('bundle-preprocessing-mismatch', { model: card.preprocessing ?? '', program: PREPROCESSING_VERSION });
  }
  const network = parseNetwork(bundle.modelJson, bundle.weights);
  if (inputSizeOf(network.graph) !== card.inputSizePx)
    throw new AppError('bundle-foreign', { detail: 'the card names another input size' });
  const backend = await loadBackend(backendName, { network, onnx: bundle.onnx, inputSizePx: card.inputSizePx, threads });
  return { id: bundle.id, card, backend, predict: (input) => predict(network, backend, head, card.temperature, input) };
}

async function predict(
  network: Network,
  backend: Backend,
  head: Head,
  temperature: number,
  input: Float32Array,
): Promise<PredictionResult> {
  const { logits, featureMap, embedding } = await backend.forward(input, 1);
  if (logits.length !== HEAD_OUTPUTS[head] || !logits.every(Number.isFinite))
    throw new AppError('bundle-foreign', { detail: 'the network does not answer as its head says' });
  const evidence = evidenceFor(network.graph, network.weights, embedding, REFERABLE_DIRECTION[head]);
  return {
    logits: [...logits],
    p: gradeProbabilities(head, logits, temperature),
    heatMap: {
      rows: featureMap.rows,
      columns: featureMap.columns,
      values: evidenceMap(featureMap.values, featureMap.rows, featureMap.columns, evidence),
    },
  };
}
