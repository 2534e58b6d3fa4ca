import { accessCopy } from '../../services/patients/access-copy';
import { closeCallBack, logContact } from '../../services/patients/contacts';
import { patientCard } from '../../services/patients/card';
import { daySummary, daySummaryCsv, daySummaryPage } from '../../services/patients/day-summary';
import { erasePatient } from '../../services/patients/erase';
import { findPatients, personHit, similarPatients } from '../../services/patients/hits';
import { followUpLists, importReferralFile, noteReferral } from '../../services/patients/follow-up-lists';
import { hospitalCsv, hospitalRows, referToHospital, saveHospital } from '../../services/patients/hospitals';
import { mergePatients, unmergePatients } from '../../services/patients/merge';
import {
  correctIdentity,
  giveConsent,
  registerPatient,
  requiredFields,
  saveIntake,
  setRequiredFields,
  startEncounter,
  withdrawConsent,
} from '../../services/patients/registration';
import { setWorklistFilter, todaysWorklist } from '../../services/patients/worklist';
import { saveFile } from '../../services/report/atomic-file';
import type { Workspace } from '../../services/workspace';
import type { Handlers } from '../../shared/ipc/contract';
import type { PatientOutputs, SavedFile } from '../../shared/ipc/patients';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { renderPdf } from '../window/paper-printer';
import type { SaveDialog } from './accounts';
import type { Dialogs } from './screening';

/** Patients at the desk, the day's worklist, and what becomes of them afterwards. */
export function patientHandlers(
  desktop: Desktop,
  dialogs: Dialogs & SaveDialog,
  resourcesFolder: string,
): Handlers<AskedBy, keyof PatientOutputs> {
  async function profile(): Promise<Workspace['profile']> {
    return (await desktop.desk()).workspace.profile;
  }

  /** Asks where to and writes it there. @returns null when the dialog was closed */
  async function save(askedBy: AskedBy, fileName: string, content: Uint8Array | string): Promise<SavedFile | null> {
    const path = await dialogs.chooseFileToSave(askedBy, fileName);
    if (path === null) return null;
    await saveFile(path, content);
    return { path };
  }

  return {
    registrationRules: async () => {
      const actor = desktop.actor();
      return requiredFields(actor, await profile());
    },
    setRegistrationRules: async ({ required }) => {
      const actor = desktop.actor();
      setRequiredFields(actor, await profile(), required);
      return required;
    },
    findPatients: async ({ query }) => {
      const actor = desktop.actor();
      return findPatients(actor, await profile(), query);
    },
    similarPatients: async ({ identity, except }) => {
      const actor = desktop.actor();
      return similarPatients(actor, await profile(), identity, except);
    },
    registerPatient: async ({ identity }) => {
      const actor = desktop.actor();
      const open = await profile();
      return personHit(open, (await registerPatient(actor, open, identity)).id);
    },
    correctPatient: async ({ patientId, identity }) => {
      const actor = desktop.actor();
      await correctIdentity(actor, await profile(), patientId, identity);
      return null;
    },
    patientCard: async ({ patientId }) => {
      const actor = desktop.actor();
      return patientCard(actor, await profile(), patientId);
    },
    giveConsent: async ({ patientId, consent }) => {
      const actor = desktop.actor();
      giveConsent(actor, await profile(), patientId, consent);
      return null;
    },
    withdrawConsent: async ({ patientId, answers }) => {
      const actor = desktop.actor();
      withdrawConsent(actor, await profile(), patientId, answers);
      return null;
    },
    startEncounter: async ({ patientId }) => {
      const actor = desktop.actor();
      return { encounterId: startEncounter(actor, await profile(), patientId).id };
    },
    saveIntake: async ({ encounterId, facts }) => {
      const actor = desktop.actor();
      return saveIntake(actor, await profile(), encounterId, facts);
    },
    mergePatients: async ({ keptId, mergedId }) => {
      const actor = desktop.actor();
      mergePatients(actor, await profile(), keptId, mergedId);
      return null;
    },
    unmergePatients: async ({ mergeId }) => {
      const actor = desktop.actor();
      unmergePatients(actor, await profile(), mergeId);
      return null;
    },
    erasePatient: async ({ patientId, confirmation }) => {
      const actor = desktop.actor();
      await erasePatient(actor, await profile(), patientId, confirmation);
      return null;
    },

    worklist: async () => {
      const actor = desktop.actor();
      return todaysWorklist(actor, await profile());
    },
    setWorklistFilter: async ({ states }) => {
      const actor = desktop.actor();
      setWorklistFilter(actor, await profile(), states);
      return null;
    },

    logContact: async (contact) => {
      const actor = desktop.actor();
      logContact(actor, await profile(), contact);
      return null;
    },
    closeCallBack: async ({ callBackId, how }) => {
      const actor = desktop.actor();
      closeCallBack(actor, await profile(), callBackId, how);
      return null;
    },

    saveAccessCopy: async ({ patientId }, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const { locale } = desktop.status().settings;
      const { fileName, page } = await accessCopy(actor, workspace, patientId, { locale, resourcesFolder });
      return save(askedBy, fileName, await renderPdf(page));
    },
    saveDaySummary: async ({ day, as }, askedBy) => {
      const actor = desktop.actor();
      const summary = await daySummary(actor, await profile(), day);
      const content =
        as === 'csv'
          ? daySummaryCsv(summary)
          : await renderPdf(await daySummaryPage(summary, desktop.status().settings.locale, resourcesFolder));
      return save(askedBy, `netra-${summary.day}.${as}`, content);
    },
    listHospitals: async () => {
      const actor = desktop.actor();
      return hospitalRows(actor, await profile());
    },
    saveHospital: async (hospital) => {
      const actor = desktop.actor();
      const open = await profile();
      saveHospital(actor, open, hospital);
      return hospitalRows(actor, open);
    },
    referToHospital: async ({ encounterId, hospitalId }) => {
      const actor = desktop.actor();
      referToHospital(actor, await profile(), encounterId, hospitalId);
      return null;
    },
    followUp: async () => {
      const actor = desktop.actor();
      return followUpLists(actor, await profile());
    },
    noteReferral: async ({ encounterId, what, day }) => {
      const actor = desktop.actor();
      noteReferral(actor, await profile(), encounterId, what, day);
      return null;
    },
    importReferralNotes: async (_input, askedBy) => {
      const actor = desktop.actor();
      const open = await profile();
      const path = await dialogs.file(askedBy, 'referral-list');
      return path === null ? null : { noted: await importReferralFile(actor, open, path) };
    },
    saveHospitalList: async ({ hospitalId }, askedBy) => {
      const actor = desktop.actor();
      const { fileName, csv } = hospitalCsv(actor, await profile(), hospitalId);
      return save(askedBy, fileName, csv);
    },
  };
}
