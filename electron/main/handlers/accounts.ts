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
      await desktop.startWithoutAccounts();
      return null;
    },
    setUpClinic: ({ site, admin }) => desktop.setUpClinic(site, admin),

    protectProfile: async (input) => desktop.protect(desktop.actor(), input),
    rekey: async ({ password }) => {
      await desktop.rekey(desktop.actor(), password);
      return null;
    },

    newKeyState: async () => newKeyState(desktop.actor(), await profile()),
    planNewKey: async ({ password, when }) => {
      await desktop.planNewKey(desktop.actor(), password, when);
      return null;
    },
    giveUpNewKey: async () => {
      planNewKey(desktop.actor(), await profile(), null);
      desktop.accountsChanged();
      return null;
    },
    stopCopying: () => {
      desktop.stopCopying();
      return null;
    },

    signIn: async ({ login, password }) => {
      await desktop.signIn(login, password);
      return null;
    },
    unlock: async ({ userId, pin }) => {
      await desktop.unlock(userId, pin);
      return null;
    },
    lock: () => {
      desktop.lock();
      return null;
    },
    signOut: () => {
      desktop.signOut();
      return null;
    },
    recover: async (input) => {
      await desktop.recover(input);
      return null;
    },
    breakGlass: async (input) => {
      await desktop.breakGlass(input);
      return null;
    },
    changePassword: async (input) => {
      await changePassword(desktop.signedIn(), await profile(), input);
      desktop.accountsChanged();
      return null;
    },
    changePin: async (input) => {
      await changePin(desktop.actor(), await profile(), input);
      desktop.accountsChanged();
      return null;
    },

    listAccounts: async () => listAccounts(desktop.actor(), await profile()),
    addAccount: async (input) => {
      const added = await addAccount(desktop.actor(), await profile(), input);
      desktop.accountsChanged();
      return added;
    },
    changeAccount: async (input) => {
      const account = changeAccount(desktop.actor(), await profile(), input);
      desktop.accountsChanged();
      return account;
    },
    endAccount: async ({ userId }) => {
      const account = await endAccount(desktop.actor(), await profile(), userId);
      desktop.accountsChanged();
      return account;
    },
    resetPassword: async ({ userId }) => resetPassword(desktop.actor(), await profile(), userId),
    renewCode: async (input) => renewCode(desktop.actor(), await profile(), input),

    siteSettings: async () => siteSettings(desktop.actor(), await profile()),
    saveSiteSettings: async (input) => {
      const site = saveSiteSettings(desktop.actor(), await profile(), input, desktop.status().validatedHere);
      desktop.accountsChanged();
      return site;
    },
    brokenGlass: async () => listBrokenGlass(desktop.actor(), await profile()),
    markGlassSeen: async ({ id }) => {
      markGlassSeen(desktop.actor(), await profile(), id);
      desktop.accountsChanged();
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
