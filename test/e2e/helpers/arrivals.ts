import { writeFileSync } from 'node:fs';
import { type FundusPainting, paintFundus } from '../../../electron/services/demo/paint-fundus';
import { EMPTY_IDENTITY, type Identity } from '../../../electron/shared/domain/patients';
import { HEALTHY_INTAKE } from '../../helpers/healthy-intake';
import type { Netra } from './netra';

/** Registers somebody who consents to everything and has no complaint. */
export async function arrive(netra: Netra, name: string, who: Partial<Identity> = {}): Promise<{ encounterId: string; patientId: string }> {
  const { patientId } = await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name, yearOfBirth: 1960, ...who } });
  const answers = { screening: true, contact: true, sharing: true, training: true };
  await netra.ask('giveConsent', { patientId, consent: { answers, language: 'en', how: 'signature', givenBy: 'patient' } });
  const { encounterId } = await netra.ask('startEncounter', { patientId });
  await netra.ask('saveIntake', { encounterId, facts: HEALTHY_INTAKE });
  return { encounterId, patientId };
}

/** A small painted photograph in a file. @returns its path */
export async function paint(path: string, painting: FundusPainting): Promise<string> {
  writeFileSync(path, await paintFundus({ sizePx: 400, ...painting }));
  return path;
}
