import type { Page } from '@playwright/test';
import { expect, test } from './helpers/netra';

/** Registers somebody at the desk. */
async function register(page: Page, who: { name: string; year: string; phone: string; village: string }): Promise<void> {
  await page.getByRole('button', { name: 'New patient' }).first().click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(who.name);
  await page.getByRole('textbox', { name: 'Year of birth or age' }).fill(who.year);
  await page.getByRole('radio', { name: 'female', exact: true }).check();
  await page.getByRole('textbox', { name: 'Phone' }).fill(who.phone);
  await page.getByRole('textbox', { name: 'Village or street' }).fill(who.village);
  await page.getByRole('button', { name: 'Register' }).click();
}

/** Asks the four questions; what is not named is answered with yes. */
async function consent(page: Page, refused: readonly string[] = []): Promise<void> {
  for (const answer of [
    'Screening',
    'Contact for recall',
    'Sharing with the named hospital',
    'Use of photographs for training and audit',
  ]) {
    await page
      .getByRole('group', { name: answer, exact: true })
      .getByRole('radio', { name: refused.includes(answer) ? 'No' : 'Yes' })
      .check();
  }
  await page.getByRole('radio', { name: 'Read aloud' }).check();
  await page.getByRole('button', { name: 'Store the answers' }).click();
}

test('a patient is registered, allows, is asked, stands on the list, is found misspelt, merged, taken apart and erased', async ({
  launch,
}) => {
  const netra = await launch();
  const { page } = netra;
  await page.getByRole('button', { name: 'Camp day' }).click();
  await page.getByRole('navigation').getByRole('button', { name: 'Today', exact: true }).click();
  await register(page, { name: 'Lakshmi Devi', year: '52', phone: '98400 12345', village: 'Madurai' });
  await expect(page.getByRole('heading', { level: 1, name: 'Lakshmi Devi' })).toBeVisible();
  await expect(page.getByRole('button', { name: "Put into today's list" })).toHaveCount(0);

  await consent(page, ['Use of photographs for training and audit']);
  await page.getByRole('button', { name: "Put into today's list" }).click();
  const right = page.getByRole('group', { name: 'Right eye' });
  const left = page.getByRole('group', { name: 'Left eye' });
  await right.getByLabel('Pinhole').selectOption('6/9');
  await left.getByLabel('Pinhole').selectOption('6/18');
  for (const question of [
    'Sudden loss of sight?',
    'Floaters or flashes?',
    'Pain or redness?',
    'Pregnant?',
    'Earlier laser, injection or eye surgery?',
    'Already under an eye doctor?',
  ]) {
    await page.getByRole('group', { name: question }).getByRole('radio', { name: 'No' }).check();
  }
  await page.getByRole('button', { name: 'Store', exact: true }).click();
  await expect(page.getByText('Refer, whatever the program says')).toBeVisible();
  await expect(page.getByText('worse than 6/12 with pinhole').first()).toBeVisible();

  await page.getByRole('button', { name: 'Withdraw: Contact for recall' }).click();
  await expect(page.getByRole('button', { name: 'Withdraw: Contact for recall' })).toHaveCount(0);

  await page.getByRole('navigation').getByRole('button', { name: 'Today', exact: true }).click();
  const table = page.getByRole('table');
  await expect(table.getByRole('row', { name: /Lakshmi Devi.*Waiting/ })).toBeVisible();
  await page.getByRole('button', { name: /^Result/ }).click();
  await expect(page.getByText('Nobody in this state.')).toBeVisible();
  await page.reload();
  await expect(page.getByText('Nobody in this state.')).toBeVisible();
  await page.getByRole('button', { name: /^All/ }).first().click();
  await expect(table.getByRole('link', { name: /Lakshmi Devi/ })).toBeVisible();

  await page.keyboard.press('/');
  await page.keyboard.type('laxmy dewi');
  await expect(page.getByRole('search').getByRole('link', { name: /Lakshmi Devi/ })).toBeVisible();
  await page.keyboard.press('Escape');

  await register(page, { name: 'Laxmi Devi', year: '52', phone: '90000 11111', village: 'Madurai' });
  await expect(page.getByText('This may be somebody who is registered already')).toBeVisible();
  await page.getByRole('button', { name: 'This is somebody else: register' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Laxmi Devi' })).toBeVisible();
  await page.getByRole('button', { name: 'Same person: merge' }).click();
  await expect(page.getByText('Merged with this patient')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Photograph', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Not the same: take apart' }).click();
  await expect(page.getByText('Merged with this patient')).toHaveCount(0);

  await page
    .getByRole('link', { name: /Lakshmi Devi/ })
    .first()
    .click();
  await expect(page.getByRole('heading', { level: 1, name: 'Lakshmi Devi' })).toBeVisible();
  const id = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(await page.getByRole('heading', { level: 1 }).locator('xpath=..').innerText())?.[0] ?? '';
  await page.getByRole('button', { name: 'Erase name and details' }).click();
  const field = page.getByLabel(/^Type the id/);
  await field.fill('AAAA-AAAA');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Erase name and details' }).click();
  await expect(dialog.getByText('Nothing was erased.')).toBeVisible();
  await field.fill(id);
  await dialog.getByRole('button', { name: 'Erase name and details' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Name erased' })).toBeVisible();
  expect(await netra.ask('findPatients', { query: 'lakshmi' })).toHaveLength(1);
});
