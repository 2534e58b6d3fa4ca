import type { ImageDetail } from '../../../../electron/shared/ipc/types';

/** A photograph as the viewer wants it, of which nothing is known but its size. @param address of its pictures; a reader's is the assignment's */
export function blindPhotograph(address: string, size: { width: number; height: number } | null): ImageDetail {
  return {
    imageId: address,
    file: '',
    eye: null,
    width: size?.width ?? null,
    height: size?.height ?? null,
    takenAt: null,
    camera: null,
    gradable: null,
    quality: null,
    reasons: [],
    p: null,
    threshold: null,
    result: 'no-refer',
    retina: null,
    heatMap: null,
    error: null,
    notes: [],
    modelId: null,
    backend: null,
    ms: null,
  };
}
