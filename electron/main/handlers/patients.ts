import { closeCallBack, logContact } from '../../services/patients/contacts';
import { patientCard } from '../../services/patients/card';
import { erasePatient } from '../../services/patients/erase';
import { findPatients, personHit, similarPatients } from '../../services/patients/hits';
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
import type { Workspace } from '../../services/workspace';
import type { Handlers } from '../../shared/ipc/contract';
import type { PatientOutputs } from '../../shared/ipc/patients';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';

/** Patients at the desk, the day's worklist, and what becomes of them afterwards. */
export function patientHandlers(desktop: Desktop): Handlers<AskedBy, keyof PatientOutputs> {
  async function profile(): Promise<Workspace['profile']> {
    return (await desktop.desk()).workspace.profile;
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
  };
}
