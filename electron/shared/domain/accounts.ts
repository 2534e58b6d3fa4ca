import type { AppErrorData } from '../errors';
import type { Role, SiteMode } from './codes';

/** Rules of names and secrets, the same in the window, the services and the command line. */
export const MIN_PASSWORD_LENGTH = 10;
export const MAX_PASSWORD_LENGTH = 200;
/** Digits only; it opens a locked screen, never the vault. */
export const PIN_PATTERN = /^[0-9]{4,8}$/;
export const PIN_TRIES = 5;
/** What is typed at sign-in and stands in the vault's file in clear: lower-case letters, digits, dot, hyphen. */
export const LOGIN_PATTERN = /^[a-z0-9][a-z0-9.-]{1,31}$/;

export const IDLE_LOCK_MINUTES = [1, 2, 5, 10, 15, 30] as const;
export type IdleLockMinutes = (typeof IDLE_LOCK_MINUTES)[number];

export const GUIDELINES = ['aios-vrsi-2020', 'ico-2017'] as const;
export type Guideline = (typeof GUIDELINES)[number];
export const PROTOCOLS = ['one-macula-field', 'macula-and-disc'] as const;
export type Protocol = (typeof PROTOCOLS)[number];
/** Of slips and letters. */
export const SLIP_LANGUAGES = ['en', 'hi', 'ta'] as const;
export type SlipLanguage = (typeof SLIP_LANGUAGES)[number];

/** How the vault was opened for this session. */
export type SessionKind = 'local' | 'password' | 'break-glass';

/** Who is signed in, as the window may know it. */
export interface SignedIn {
  userId: string;
  login: string;
  name: string;
  roles: Role[];
  kind: SessionKind;
  hasPin: boolean;
  /** Given by an administrator: nothing else works until a password of one's own is chosen. */
  mustChangePassword: boolean;
}

/** Somebody who can sign in, as the sign-in screen shows them. While the vault is closed only `login` is known. */
export interface Person {
  userId: string | null;
  login: string;
  name: string;
  /** True once they have given their password since the profile was opened. */
  mayUsePin: boolean;
}

/** `locked` keeps the person's place and shows nothing of it. */
export type SessionState =
  { state: 'signed-out'; people: Person[] } | { state: 'signed-in'; who: SignedIn } | { state: 'locked'; who: SignedIn; people: Person[] };

export interface Account {
  id: string;
  login: string;
  name: string;
  roles: Role[];
  state: 'active' | 'left';
  hasPin: boolean;
  mustChangePassword: boolean;
  createdAt: number;
}

/** When a planned new key is made: as soon as nobody is signed in, or then and at night. */
export const NEW_KEY_TIMES = ['signed-out', 'night'] as const;
export type NewKeyTime = (typeof NEW_KEY_TIMES)[number];
/** Hours of the site's clock; it goes over midnight. */
export const NEW_KEY_NIGHT = { from: 21, until: 5 } as const;

export interface NewKeyPlan {
  when: NewKeyTime;
  plannedAt: number;
  /** Why it came to nothing; it is not tried again by itself then. */
  failed: AppErrorData | null;
}

export interface NewKeyState {
  /** Names of those who left since the key was made. */
  left: string[];
  plan: NewKeyPlan | null;
}

export interface SiteSettings {
  name: string;
  /** Printed on slips: whom to call. */
  contact: string;
  mode: SiteMode;
  guideline: Guideline;
  protocol: Protocol;
  /** Of slips and letters; the first one is offered first. */
  languages: SlipLanguage[];
  idleLockMinutes: IdleLockMinutes;
}

/** Who sets a clinic up. */
export interface FirstAdmin {
  login: string;
  name: string;
  roles: Role[];
  password: string;
}

/** Of the demonstration: its password is no secret. */
export interface DemoAccount {
  login: string;
  name: string;
  roles: Role[];
  password: string;
}
