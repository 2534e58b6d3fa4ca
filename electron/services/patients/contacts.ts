import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { getEncounter } from '../../db/queries/encounters';
import { addCallBackClosure, type CallBack, getCallBack, listOpenCallBacks } from '../../db/queries/call-backs';
import { addContactAttempt, type ContactAttempt, listContactAttempts } from '../../db/queries/contact-attempts';
import { personOf } from '../../db/queries/persons';
import { get, sql, transaction } from '../../db/sql';
import { siteDay } from '../../shared/clinical/days';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { CallBackEnd, ContactResult, ContactSubject, ContactWay } from '../../shared/domain/patients';
import { AppError } from '../../shared/errors';
import type { CallBackEntry, ContactEntry } from '../../shared/ipc/patients';
import { z } from 'zod';
import { requireRole } from '../actor';
import { personHit } from './hits';
import { openNote, sealNote } from './identity';

export interface ContactNote {
  patientId: string;
  subject: ContactSubject;
  subjectId: string;
  way: ContactWay;
  result: ContactResult;
  /** Empty: none. */
  note: string;
}

/**
 * Notes one attempt to reach somebody. About coming again and about referrals only whoever allowed contact is called; a call-back is care and needs no
 * consent.
 *
 * @throws AppError contact-not-allowed, not-found
 */
export function logContact(actor: Actor, profile: Profile, contact: ContactNote): void {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const patientId =
    contact.subject === 'call-back'
      ? getCallBack(database, contact.subjectId)?.patientId
      : getEncounter(database, contact.subjectId)?.patientId;
  if (patientId === undefined || personOf(database, patientId) !== personOf(database, contact.patientId)) throw new AppError('not-found');
  if (contact.subject !== 'call-back' && !mayContact(profile, patientId)) throw new AppError('contact-not-allowed');
  transaction(database, () => {
    const { subject, subjectId, way, result } = contact;
    const note = contact.note === '' ? null : sealNote(profile, patientId, contact.note);
    addContactAttempt(database, { siteId: site.id, patientId, subject, subjectId, way, result, note, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'patient.contacted',
      recordType: 'patient',
      recordId: patientId,
      details: { subject, about: subjectId, way, result },
    });
  });
}

/** Takes somebody off the call-back list: reached, seen by a doctor, or died. @throws AppError not-found */
export function closeCallBack(actor: Actor, profile: Profile, callBackId: string, how: CallBackEnd): void {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  transaction(database, () => {
    const callBack = getCallBack(database, callBackId);
    if (callBack === undefined || callBack.closed !== null) throw new AppError('not-found');
    addCallBackClosure(database, { siteId: site.id, callBackId, how, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'call-back.closed',
      recordType: 'patient',
      recordId: callBack.patientId,
      details: { callBack: callBackId, how },
    });
  });
}

/** Whoever is still to be reached, the most urgent and the soonest due first. */
export function openCallBacks(profile: Profile): CallBackEntry[] {
  return callBackEntries(profile, listOpenCallBacks(profile.database));
}

export function callBackEntries(profile: Profile, callBacks: readonly CallBack[]): CallBackEntry[] {
  if (callBacks.length === 0) return [];
  const contacts = contactsBySubject(profile, 'call-back');
  const today = siteDay(Date.now(), profile.site.timeZone);
  return callBacks.map((callBack) => ({
    callBackId: callBack.id,
    person: personHit(profile, personOf(profile.database, callBack.patientId)),
    encounterId: callBack.encounterId,
    reason: callBack.reason,
    urgent: callBack.urgent,
    dueDay: callBack.dueDay,
    overdue: callBack.closed === null && callBack.dueDay < today,
    openedAt: callBack.createdAt,
    contacts: contacts.get(callBack.id) ?? [],
    closed: callBack.closed === null ? null : { how: callBack.closed.how, at: callBack.closed.at },
  }));
}

/** Every attempt of a kind by what it was about, newest first. */
export function contactsBySubject(profile: Profile, subject: ContactSubject): Map<string, ContactEntry[]> {
  const bySubject = new Map<string, ContactEntry[]>();
  for (const attempt of listContactAttempts(profile.database, subject)) {
    const entries = bySubject.get(attempt.subjectId) ?? [];
    entries.push(contactEntry(profile, attempt));
    bySubject.set(attempt.subjectId, entries);
  }
  return bySubject;
}

export function contactEntry(profile: Profile, attempt: ContactAttempt): ContactEntry {
  return {
    id: attempt.id,
    way: attempt.way,
    result: attempt.result,
    note: openNote(profile, attempt.patientId, attempt.note),
    actorId: attempt.actorId,
    at: attempt.createdAt,
  };
}

/** By the view that the lists go through as well. */
export function mayContact(profile: Profile, patientId: string): boolean {
  return (
    get(profile.database, sql`SELECT 1 AS yes FROM patient_may_contact WHERE patient_id = ${patientId}`, z.object({ yes: z.number() })) !==
    undefined
  );
}
