import type { Page } from '@playwright/test';
import { WORDS } from './words';

export const FIRST_PASSWORD = 'quiet lamp under river';

/** The clinic and its first administrator, as typed into the form of the first start; the form is not sent. */
export async function describeClinic(page: Page): Promise<void> {
  await page.getByLabel(WORDS.site_name).fill('Sunrise Eye Clinic');
  await page.getByLabel(WORDS.site_contact).fill('044 1234567');
  await page.getByLabel(WORDS.account_name).fill('Asha Nair');
  await page.getByLabel(WORDS.account_login).fill('asha');
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(FIRST_PASSWORD);
  await page.getByLabel(WORDS.account_password_again).fill(FIRST_PASSWORD);
}
