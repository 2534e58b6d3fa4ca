import type { Netra } from './netra';

interface Clocks {
  now: () => number;
  monotonicMs: () => number;
}

/** Sets the program's clock so far from the real one, as somebody does by hand. */
export async function setClock(netra: Netra, byMs: number): Promise<void> {
  await shift(netra, { wallMs: byMs, monotonicMs: 0 });
}

/** As if so much time had gone by since the start: the clock on the wall, and the one that measures how long nobody was there. */
export async function passTime(netra: Netra, byMs: number): Promise<void> {
  await shift(netra, { wallMs: byMs, monotonicMs: byMs });
}

async function shift(netra: Netra, by: { wallMs: number; monotonicMs: number }): Promise<void> {
  await netra.app.evaluate((_electron, { wallMs, monotonicMs }) => {
    const kept = globalThis as unknown as { realClocks?: Clocks };
    const real = (kept.realClocks ??= { now: Date.now.bind(Date), monotonicMs: performance.now.bind(performance) });
    Date.now = () => real.now() + wallMs;
    performance.now = () => real.monotonicMs() + monotonicMs;
  }, by);
}
