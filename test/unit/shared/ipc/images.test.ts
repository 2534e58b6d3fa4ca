import { describe, expect, it } from 'vitest';
import { imageUrl, parseImageUrl } from '../../../../electron/shared/ipc/images';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('the address of a photograph', () => {
  it('names image and rendition', () => {
    expect(imageUrl(ID, 'screen')).toBe(`app://image/${ID}/screen`);
    expect(parseImageUrl(imageUrl(ID, 'screen'))).toEqual({ imageId: ID, rendition: 'screen' });
  });
  it.each([
    `app://image/${ID}`,
    `app://image/${ID}/huge`,
    `app://image/${ID}/full/x`,
    `app://image/${ID}/full?x=1`,
    'app://image/../../etc/full',
    'app://image//full',
    `app://image/${'a'.repeat(65)}/full`,
    'app://image/%2e%2e/full',
    `app://netra/${ID}/full`,
    `https://image/${ID}/full`,
  ])('%s is none', (url) => {
    expect(parseImageUrl(url)).toBeNull();
  });
});
