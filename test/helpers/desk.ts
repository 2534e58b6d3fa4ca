import { onTestFinished } from 'vitest';
import { createOrOpenProfile, type Profile } from '../../electron/db/profile/profile';
import type { IntakeFacts } from '../../electron/shared/clinical/intake';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { type ConsentAnswers, EMPTY_IDENTITY, type Identity } from '../../electron/shared/domain/patients';
import { giveConsent, registerPatient, saveIntake, startEncounter } from '../../electron/services/patients/registration';
import { HEALTHY_INTAKE } from './healthy-intake';
import { temporaryFolder } from './temporary';

/** A real profile in a folder of its own, closed after the test. */
export async function newProfile(): Promise<Profile> {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => {
    profile.close();
  });
  return profile;
}

export const ALL_ALLOWED: ConsentAnswers = { screening: true, contact: true, sharing: true, training: true };

export function identity(change: Partial<Identity> = {}): Identity {
  return { ...EMPTY_IDENTITY, name: 'Lakshmi Devi', yearOfBirth: 1970, sex: 'female', phone: '98400 12345', village: 'Madurai', ...change };
}

/** Everything asked, everything well. */
export const HEALTHY: IntakeFacts = {
  ...HEALTHY_INTAKE,
  vision: {
    right: { unaided: '6/9', glasses: null, pinhole: '6/6' },
    left: { unaided: '6/12', glasses: null, pinhole: '6/9' },
  },
  under18: false,
};

/** Registers somebody who allows what is said, and puts them into today's queue. */
export async function arrive(
  profile: Profile,
  who: Partial<Identity> = {},
  answers: Partial<ConsentAnswers> = {},
): Promise<{ patientId: string; shortId: string; encounterId: string }> {
  const patient = await registerPatient(LOCAL_ACTOR, profile, identity(who));
  const allowed = { ...ALL_ALLOWED, ...answers };
  giveConsent(LOCAL_ACTOR, profile, patient.id, { answers: allowed, language: 'ta', how: 'read-aloud', givenBy: 'patient' });
  const encounter = startEncounter(LOCAL_ACTOR, profile, patient.id);
  return { patientId: patient.id, shortId: patient.shortId, encounterId: encounter.id };
}

/** Stores an intake that is healthy but for what is said. */
export function takeIn(profile: Profile, encounterId: string, change: Partial<Omit<IntakeFacts, 'under18'>> = {}): void {
  const { vision, eyes, answers, aiRefused } = HEALTHY;
  saveIntake(LOCAL_ACTOR, profile, encounterId, { vision, eyes, answers, aiRefused, ...change });
}
