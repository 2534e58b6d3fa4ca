import type { Actor, Role } from '../shared/domain/codes';
import { AppError } from '../shared/errors';

/** @throws AppError `not-permitted` unless the actor has one of the roles */
export function requireRole(actor: Actor, ...roles: readonly Role[]): void {
  if (!roles.some((role) => actor.roles.includes(role))) throw new AppError('not-permitted', { roles: roles.join(', ') });
}
