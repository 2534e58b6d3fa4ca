import { requireRole } from '../../services/actor';
import { ROLES } from '../../shared/domain/codes';
import { ACCESS } from '../../shared/ipc/access';
import type { Channel } from '../../shared/ipc/contract';
import type { People } from '../profile/people';

/** The door before the services, which look again. @throws AppError not-signed-in | password-must-change | not-permitted */
export function permit(people: Pick<People, 'actor' | 'signedIn'>, channel: Channel): void {
  const access = ACCESS[channel];
  if (access === 'anyone') return;
  if (access === 'unsettled') people.signedIn();
  else requireRole(people.actor(), ...(access === 'signed-in' ? ROLES : access));
}
