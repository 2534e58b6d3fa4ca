import { describe, expect, it } from 'vitest';

import { parseFolder } from '../../../../electron/shared/naming/parse-names';
import { reconcileDuplicates } from '../../../../electron/shared/naming/reconcile-duplicates';

/** One content under these names, `folder/name`. */
function reconcile(...paths: string[]) {
  return reconcileDuplicates(
    paths.map((path) => {
      const [folder = '', name = ''] = path.split('/');
      const [parsed] = parseFolder({ key: folder, name: folder }, [name]);
      if (parsed === undefined) throw new Error('nothing parsed');
      return { folderKey: folder, parsed };
    }),
  ).map(({ parsed: { patient, eye }, contradicts }) => ({ patient, eye, contradicts }));
}

describe('the same photograph under several names', () => {
  it('agreeing or silent names keep what they say', () => {
    expect(reconcile('a/12_left.jpg', 'a/copy.jpg', 'b/12_left.jpg')).toEqual([
      { patient: '12', eye: 'left', contradicts: false },
      { patient: null, eye: null, contradicts: false },
      { patient: '12', eye: 'left', contradicts: false },
    ]);
  });

  it('both eyes of one patient cannot be one photograph: the eye is unknown under both names', () => {
    expect(reconcile('a/12_left.jpg', 'a/12_right.jpg')).toEqual([
      { patient: '12', eye: null, contradicts: true },
      { patient: '12', eye: null, contradicts: true },
    ]);
  });

  it('two patients of one folder keep it, but its eye is unknown, so it clears neither', () => {
    expect(reconcile('a/12_left.jpg', 'a/13_left.jpg')).toEqual([
      { patient: '12', eye: null, contradicts: true },
      { patient: '13', eye: null, contradicts: true },
    ]);
  });

  it('numbers of different folders do not contradict each other, eyes do', () => {
    expect(reconcile('a/12_left.jpg', 'b/13_left.jpg').map(({ contradicts }) => contradicts)).toEqual([false, false]);
    expect(reconcile('a/12_left.jpg', 'b/12_right.jpg').map(({ eye }) => eye)).toEqual([null, null]);
  });
});
