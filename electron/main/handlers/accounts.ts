import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  addAccount,
  changeAccount,
  changePassword,
  changePin,
  endAccount,
  listAccounts,
  renewCode,
  resetPassword,
} from '../../services/accounts/accounts';
import { listBrokenGlass, markGlassSeen } from '../../services/accounts/broken-glass';
import { newKeyState, planNewKey } from '../../services/accounts/planned-key';
import { saveSiteSettings, siteSettings } from '../../services/accounts/site';
import { auditChain, auditCsv, auditPage } from '../../services/audit/audit-log';
import type { AccountOutputs } from '../../shared/ipc/accounts';
import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

export interface SaveDialog {
  /** @returns the file's path, or null when none was chosen */
  chooseFileToSave: (askedBy: AskedBy, name: string) => Promise<string | null>;
}

/** First start, sign-in, accounts, the site and the audit log. */
export function accountHandlers(desktop: Desktop, { chooseFileToSave }: SaveDialog): Handlers<AskedBy, keyof AccountOutputs> {
  async function profile() {
    return (await desktop.desk()).workspace.profile;
  }

  return {
    startWithoutAccounts: async () => {
      await desktop.people.startWithoutAccounts();
      return null;
    },
    setUpClinic: ({ site, admin }) => desktop.people.setUpClinic(site, admin),

    protectProfile: async (input) => desktop.newKey.protect(desktop.actor(), input),
    rekey: async ({ password }) => {
      await desktop.newKey.rekey(desktop.actor(), password);
      return null;
    },

    newKeyState: async () => newKeyState(desktop.actor(), await profile()),
    planNewKey: async ({ password, when }) => {
      await desktop.newKey.plan(desktop.actor(), password, when);
      return null;
    },
    giveUpNewKey: async () => {
      planNewKey(desktop.actor(), await profile(), null);
      desktop.people.accountsChanged();
      return null;
    },
    stopCopying: () => {
      desktop.newKey.stop();
      return null;
    },

    signIn: async ({ login, password }) => {
      await desktop.people.signIn(login, password);
      return null;
    },
    unlock: async ({ userId, pin }) => {
      await desktop.people.unlock(userId, pin);
      return null;
    },
    lock: () => {
      desktop.people.lock();
      return null;
    },
    signOut: () => {
      desktop.people.signOut();
      return null;
    },
    recover: async (input) => {
      await desktop.people.recover(input);
      return null;
    },
    breakGlass: async (input) => {
      await desktop.people.breakGlass(input);
      return null;
    },
    changePassword: async (input) => {
      await changePassword(desktop.people.signedIn(), await profile(), input);
      desktop.people.accountsChanged();
      return null;
    },
    changePin: async (input) => {
      await changePin(desktop.actor(), await profile(), input);
      desktop.people.accountsChanged();
      return null;
    },

    listAccounts: async () => listAccounts(desktop.actor(), await profile()),
    addAccount: async (input) => {
      const added = await addAccount(desktop.actor(), await profile(), input);
      desktop.people.accountsChanged();
      return added;
    },
    changeAccount: async (input) => {
      const account = changeAccount(desktop.actor(), await profile(), input);
      desktop.people.accountsChanged();
      return account;
    },
    endAccount: async ({ userId }) => {
      const account = await endAccount(desktop.actor(), await profile(), userId);
      desktop.people.accountsChanged();
      return account;
    },
    resetPassword: async ({ userId }) => resetPassword(desktop.actor(), await profile(), userId),
    renewCode: async (input) => renewCode(desktop.actor(), await profile(), input),

    siteSettings: async () => siteSettings(desktop.actor(), await profile()),
    saveSiteSettings: async (input) => {
      const site = saveSiteSettings(desktop.actor(), await profile(), input, desktop.status().validatedHere);
      desktop.people.accountsChanged();
      return site;
    },
    brokenGlass: async () => listBrokenGlass(desktop.actor(), await profile()),
    markGlassSeen: async ({ id }) => {
      markGlassSeen(desktop.actor(), await profile(), id);
      desktop.people.accountsChanged();
      return null;
    },

    auditEvents: async (input) => auditPage(desktop.actor(), await profile(), input),
    auditChain: async () => auditChain(desktop.actor(), await profile()),
    exportAudit: async (filter, askedBy) => {
      const actor = desktop.actor();
      const path = await chooseFileToSave(askedBy, 'netra-audit.csv');
      if (path === null) return null;
      const { csv, events } = auditCsv(actor, await profile(), filter);
      await writeFile(path, csv);
      return { file: basename(path), events };
    },
  };
}
