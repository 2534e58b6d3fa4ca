import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { newId } from '../../db/ids';
import { makeFolderDurably } from '../../db/profile/durable-file';
import { createOrOpenProfile, type Profile } from '../../db/profile/profile';
import { makeEntry, UnlockedVault, writeVault } from '../../db/profile/vault';
import { setSiteSettings } from '../../db/queries/sites';
import { listEncountersSince } from '../../db/queries/encounter-images';
import { addUser, findUser } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import { EMPTY_INTAKE } from '../../shared/clinical/intake';
import type { DemoAccount } from '../../shared/domain/accounts';
import type { Actor } from '../../shared/domain/codes';
import { EMPTY_IDENTITY, type PatientLanguage } from '../../shared/domain/patients';
import { AppError } from '../../shared/errors';
import type { Capture } from '../capture/capture';
import { giveConsent, registerPatient, saveIntake, startEncounter } from '../patients/registration';
import { writeDemoCamp } from './demo-camp';

/** One of each role. The passwords stand on the screen: the profile is thrown away. */
export const DEMO_STAFF: readonly DemoAccount[] = [
  { login: 'technician', name: 'Meena Kumari', roles: ['technician'], password: 'demo technician' },
  { login: 'doctor', name: 'Dr. Anand Rao', roles: ['doctor'], password: 'demo doctor' },
  { login: 'admin', name: 'Asha Nair', roles: ['admin'], password: 'demo admin' },
];

/** Nothing here is worth a slow password. */
const CHEAP = { n: 2 ** 10, r: 8, p: 1 };

/** Invented, in the order of the painted camp: number, name, sex, year of birth, village, language of the slip. */
const PEOPLE: readonly (readonly [
  number: number,
  name: string,
  sex: 'female' | 'male',
  born: number,
  village: string,
  language: PatientLanguage,
])[] = [
  [101, 'Lakshmi Devi', 'female', 1961, 'Melur', 'ta'],
  [102, 'Ramesh Kumar', 'male', 1970, 'Melur', 'hi'],
  [103, 'Fatima Begum', 'female', 1958, 'Alanganallur', 'ta'],
  [104, 'Suresh Pandian', 'male', 1966, 'Usilampatti', 'ta'],
  [105, 'Kamala Bai', 'female', 1949, 'Vadipatti', 'hi'],
  [106, 'Joseph Raj', 'male', 1975, 'Melur', 'en'],
  [107, 'Saraswathi Ammal', 'female', 1944, 'Sholavandan', 'ta'],
  [108, 'Mohan Lal', 'male', 1963, 'Vadipatti', 'hi'],
  [109, 'Parvathi Nair', 'female', 1955, 'Usilampatti', 'en'],
  [110, 'Abdul Rahman', 'male', 1960, 'Alanganallur', 'ta'],
  [111, 'Geetha Subramanian', 'female', 1972, 'Melur', 'ta'],
  [112, 'Vijay Singh', 'male', 1968, 'Sholavandan', 'hi'],
];

/** A protected profile with one account of each role and a morning's patients, registered and waiting. */
export async function makeDemoClinic(folder: string): Promise<void> {
  await makeFolderDurably(folder);
  const dataKey = new Uint8Array(randomBytes(32));
  const staff = DEMO_STAFF.map((person) => ({ ...person, id: newId() }));
  const entries = staff.map(({ id, login, password }) => makeEntry({ id, kind: 'password', login }, password, dataKey, CHEAP));
  await writeVault(folder, await Promise.all(entries));
  const profile = await createOrOpenProfile(folder, new UnlockedVault(folder, dataKey));
  try {
    const { database, site } = profile;
    transaction(database, () => {
      setSiteSettings(database, {
        name: 'Netra demonstration',
        contact: '000 000 0000',
        mode: 'doctor-reads-all',
        guideline: 'aios-vrsi-2020',
        protocol: 'one-macula-field',
        languages: ['en', 'hi', 'ta'],
        idleLockMinutes: 30,
      });
      for (const { id, login, name, roles } of staff)
        addUser(database, { id, siteId: site.id, login, name, roles, mustChangePassword: false });
    });
    for (const person of PEOPLE) await register(technicianOf(profile), profile, person);
  } finally {
    profile.close();
  }
}

async function register(
  actor: Actor,
  profile: Profile,
  [, name, sex, yearOfBirth, village, language]: (typeof PEOPLE)[number],
): Promise<void> {
  const patient = await registerPatient(actor, profile, { ...EMPTY_IDENTITY, name, yearOfBirth, village, language, sex });
  const answers = { screening: true, contact: true, sharing: true, training: true };
  giveConsent(actor, profile, patient.id, { answers, language, how: 'read-aloud', givenBy: 'patient' });
  const encounter = startEncounter(actor, profile, patient.id);
  saveIntake(actor, profile, encounter.id, {
    vision: { right: { unaided: '6/9', glasses: null, pinhole: '6/6' }, left: { unaided: '6/9', glasses: null, pinhole: '6/6' } },
    eyes: EMPTY_INTAKE.eyes,
    answers: {
      suddenLoss: false,
      floatersOrFlashes: false,
      painOrRedness: false,
      pregnancy: false,
      earlierTreatment: false,
      underEyeDoctor: false,
    },
    aiRefused: false,
  });
}

/** Who photographs in the demonstration. */
function technicianOf(profile: Profile): Actor {
  const user = findUser(profile.database, 'technician');
  if (user === undefined) throw new AppError('not-found', { what: 'account' });
  return { userId: user.id, roles: user.roles };
}

/** Paints the camp and takes each patient's photographs as if somebody had just made them. @throws AppError cancelled */
export async function photographDemo(profile: Profile, capture: Capture, folder: string, signal: AbortSignal): Promise<void> {
  const actor = technicianOf(profile);
  const encounters = listEncountersSince(profile.database, 0).reverse();
  const paths = await writeDemoCamp(folder, { signal });
  for (const [index, [number]] of PEOPLE.entries()) {
    const encounter = encounters[index];
    const own = paths.filter((path) => basename(path).startsWith(`${number}_`));
    if (encounter === undefined || own.length === 0) continue;
    await capture.take(actor, { paths: own, way: 'files', chosenFor: { encounterId: encounter.id, eye: null, field: null } });
  }
  await capture.settle();
}
