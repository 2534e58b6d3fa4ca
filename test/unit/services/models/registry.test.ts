import { expect, onTestFinished, test } from 'vitest';
import { createOrOpenProfile } from '../../../../electron/db/profile/profile';
import { showModel } from '../../../../electron/services/models/registry';
import { LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { STARTER } from '../../../helpers/candidate';
import { temporaryFolder } from '../../../helpers/temporary';

test('what a model was trained from has the name that its card gives, where the profile does not hold it', async () => {
  const profile = await createOrOpenProfile(temporaryFolder());
  onTestFinished(() => profile.close());
  const { card, ancestors } = await showModel(LOCAL_ACTOR, profile, STARTER, STARTER);
  expect(card.parent).not.toBeNull();
  expect(ancestors).toEqual([{ id: card.parent, name: card.initialWeights.source }]);
});
