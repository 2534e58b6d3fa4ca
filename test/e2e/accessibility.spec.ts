import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type axe from 'axe-core';
import { expect, finished, ready, startRun, test, until } from './helpers/netra';
import { paintCamp } from './helpers/photographs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with the screen as it is, one line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
    });
    return violations.map(({ id, nodes }) => ({ id, places: nodes.map((node) => node.target.join(' ')).slice(0, 3) }));
  });
  return found.map(({ id, places }) => `${id}: ${places.join(' | ')}`);
}

for (const theme of ['light', 'dark'] as const) {
  test(`every screen passes axe in the ${theme} theme`, async ({ launch, folder }) => {
    const netra = await launch();
    const { page } = netra;
    await ready(netra);
    await netra.ask('setSettings', { theme, locale: theme === 'light' ? 'en' : 'hi' });
    await page.reload();
    await page.getByRole('main').waitFor();
    expect(await violations(page), 'first start').toEqual([]);
    const camp = await paintCamp(join(folder, 'camp'), 5);
    writeFileSync(join(camp, '120_left.jpg'), 'no photograph');
    const { id, runId } = await startRun(netra, camp);
    await finished(netra, id);
    await page.evaluate((run) => {
      location.hash = `#/run/${run}`;
    }, runId);
    await page.getByRole('table').getByRole('link').first().waitFor();
    expect(await violations(page), 'patients').toEqual([]);
    for (const tab of [1, 2]) {
      await page.getByRole('tab').nth(tab).click();
      expect(await violations(page), `tab ${tab}`).toEqual([]);
    }
    await page.getByRole('tab').first().click();
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('img').first().waitFor();
    expect(await violations(page), 'patient').toEqual([]);
    await page.keyboard.press('h');
    expect(await violations(page), 'heat map').toEqual([]);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    expect(await violations(page), 'keys').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('banner').getByRole('button').last().click();
    await page.getByRole('dialog').waitFor();
    expect(await violations(page), 'settings').toEqual([]);
  });
}

test('the way from the list to the next patient and back needs no mouse, and the focus is always seen', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  await ready(netra);
  const { id, runId } = await startRun(netra, await paintCamp(join(folder, 'camp'), 3));
  await finished(netra, id);
  await page.evaluate((run) => {
    location.hash = `#/run/${run}`;
  }, runId);
  await page.getByRole('table').getByRole('link').first().waitFor();
  const focused = (): Promise<{ inTable: boolean; name: string; seen: boolean }> =>
    page.evaluate(() => {
      const element = document.activeElement;
      // A field may show it on the frame around it.
      const framed = [element, element?.parentElement ?? null].map((each) => (each === null ? null : getComputedStyle(each)));
      const seen = framed.some((style) => style !== null && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'));
      return {
        inTable: element?.tagName === 'A' && element.closest('[role="table"], table') !== null,
        name: element?.outerHTML.slice(0, 80) ?? '',
        seen,
      };
    });
  await until(async () => {
    await page.keyboard.press('Tab');
    const { inTable, name, seen } = await focused();
    expect(seen, name).toBe(true);
    return inTable;
  });
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/patient\//);
  const first = page.url();
  await page.keyboard.press('PageDown');
  await expect(page).not.toHaveURL(first);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/run\//);
});
