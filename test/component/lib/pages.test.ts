import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../electron/shared/errors';
import { later } from '../later';
import { PAGE_ROWS, Pages } from '../../../renderer/src/lib/pages.svelte';

interface Answer {
  total: number;
  rows: string[];
}
const place = (offset: number, name = 'row'): Answer => ({
  total: 1000,
  rows: Array.from({ length: PAGE_ROWS }, (_, index) => `${name} ${offset + index}`),
});

describe('a long list of which only a part is fetched', () => {
  test('asks for the pages that are looked at, once', async () => {
    const ask = vi.fn(({ offset }: { offset: number }) => Promise.resolve(place(offset)));
    const pages = new Pages<string, Answer>(ask);
    pages.want(90, 110);
    pages.want(91, 111);
    await vi.waitFor(() => expect(pages.row(105)).toBe('row 105'));
    expect(ask.mock.calls.map(([asked]) => asked.offset)).toEqual([0, 100]);
    expect(pages.row(500)).toBeNull();
    expect(pages.total).toBe(1000);
  });

  test('keeps the rows in sight until the new ones are there', async () => {
    const answers = [Promise.resolve(place(0, 'old'))];
    const pages = new Pages<string, Answer>(() => answers.shift() ?? Promise.reject(new Error('asked too often')));
    pages.want(0, 10);
    await vi.waitFor(() => expect(pages.row(3)).toBe('old 3'));
    const late = later<Answer>();
    answers.push(late.promise);
    pages.refresh();
    expect(pages.row(3)).toBe('old 3');
    late.resolve(place(0, 'new'));
    await vi.waitFor(() => expect(pages.row(3)).toBe('new 3'));
  });

  test('drops the late answer to an earlier question', async () => {
    const first = later<Answer>();
    const answers = [first.promise, Promise.resolve(place(0, 'second'))];
    const pages = new Pages<string, Answer>(() => answers.shift() ?? Promise.reject(new Error('asked too often')));
    pages.want(0, 10);
    pages.restart();
    await vi.waitFor(() => expect(pages.row(0)).toBe('second 0'));
    first.resolve(place(0, 'first'));
    await first.promise;
    expect(pages.row(0)).toBe('second 0');
  });

  test('says what went wrong and asks again when told to', async () => {
    const ask = vi.fn<() => Promise<Answer>>().mockRejectedValueOnce(new AppError('database-damaged')).mockResolvedValue(place(0));
    const pages = new Pages<string, Answer>(ask);
    pages.want(0, 10);
    await vi.waitFor(() => expect(pages.error?.code).toBe('database-damaged'));
    pages.refresh();
    await vi.waitFor(() => expect(pages.row(0)).toBe('row 0'));
    expect(pages.error).toBeNull();
  });
});
