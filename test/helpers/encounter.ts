import { addEncounter } from '../../electron/db/queries/encounters';
import { recordIntake } from '../../electron/db/queries/intakes';
import { addPatient } from '../../electron/db/queries/patients';
import { transaction } from '../../electron/db/sql';
import type { Workspace } from '../../electron/services/workspace';
import type { IntakeFacts } from '../../electron/shared/clinical/intake';
import { HEALTHY_INTAKE } from './healthy-intake';

interface TestEncounter {
  encounterId: string;
  patientId: string;
  shortId: string;
}

const HEALTHY: IntakeFacts = { ...HEALTHY_INTAKE, under18: false };

/** A patient who has come today. */
export function newEncounter({ profile }: Pick<Workspace, 'profile'>, intake: Partial<IntakeFacts> = {}): TestEncounter {
  const { database, site } = profile;
  return transaction(database, () => {
    const patient = addPatient(database, site.id);
    const encounter = addEncounter(database, { siteId: site.id, patientId: patient.id });
    const facts = { ...HEALTHY, ...intake };
    recordIntake(database, { siteId: site.id, encounterId: encounter.id, patientId: patient.id, facts, actorId: 'local' });
    return { encounterId: encounter.id, patientId: patient.id, shortId: patient.shortId };
  });
}
