import sharp from 'sharp';

/** A disc of one colour with a few marks: enough to be found as a retina and to differ from the next one. */
export async function paintDisc(seed: number, ill: boolean): Promise<Buffer> {
  const marks = Array.from(
    { length: ill ? 6 : 0 },
    (_, mark) => `<circle cx="${45 + ((seed * 37 + mark * 53) % 110)}" cy="${50 + ((seed * 17 + mark * 29) % 100)}" r="7" fill="#3a0505"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200"/><circle cx="100" cy="100" r="94" fill="rgb(${150 + (seed % 50)},${70 + (seed % 30)},40)"/><circle cx="70" cy="100" r="14" fill="#ffd9a0"/>${marks.join('')}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 92 }).toBuffer();
}
