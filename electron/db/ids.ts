import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';
import { makeShortId } from '../shared/domain/short-id';

/** UUIDv7: unique on every site. Its time is not used for order: that is `seq`. */
export function newId(): string {
  return v7();
}

export function newShortId(): string {
  return makeShortId((limit) => randomInt(limit));
}
