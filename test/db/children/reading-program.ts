import { createOrOpenProfile } from '../../../electron/db/profile/profile';
import { readingQueue } from '../../../electron/services/reading/reading-queue';
import { saveRead } from '../../../electron/services/reading/save-read';
import type { Workspace } from '../../../electron/services/workspace';
import type { Answer } from '../../../electron/shared/domain/reading';

/**
 * A reader who answers one photograph after the other without end. It prints an assignment only after its answer is stored, so that whoever kills it
 * knows what must be there.
 */
const [folder = '', reader = '', campaignId = ''] = process.argv.slice(2);
const actor = { userId: reader, roles: ['doctor'] } as const;

const profile = await createOrOpenProfile(folder);
// The services of the reading room need nothing of a workspace but the profile.
const workspace = { profile, model: null } as unknown as Workspace;
const answer: Answer = {
  gradable: true,
  reasons: [],
  grade: 1,
  macular: 'none',
  centreInvolved: null,
  lesions: ['microaneurysm'],
  laser: 'none',
  otherDisease: [],
  referOther: false,
  confidence: 3,
  note: '',
};

process.stdout.write('open\n');
for (;;) {
  const [next] = readingQueue(actor, workspace, campaignId, 1).items;
  if (next === undefined) break;
  const { assignmentId } = next;
  saveRead(actor, workspace, { assignmentId, answer, marks: [], activeMs: 2500, idleMs: 0, supersedesId: null, correctionReason: null });
  process.stdout.write(`${assignmentId}\n`);
}
process.stdout.write('done\n');
