/** The ends of our ONNX files: apart from the writer, since who runs a file need not load what writes one. */
export const ONNX_NAMES = { image: 'image', logits: 'logits', featureMap: 'featureMap', embedding: 'embedding' } as const;
