/** Everything that is written into the audit log, `<about what>.<what happened>`. The codes of released versions stay, for their logs are read for years. */
export const AUDIT_ACTIONS = [
  'account.added',
  'account.changed',
  'account.ended',
  'account.password-changed',
  'account.password-reset',
  'account.pin-removed',
  'account.pin-set',
  'account.recovered',
  'adjudication.decided',
  'alert.closed',
  'alert.opened',
  'alert.sent',
  'audit.drawn',
  'audit.exported',
  'audit.readersSet',
  'backup.made',
  'backup.restored',
  'break-glass.seen',
  'break-glass.used',
  'call-back.closed',
  'call-back.opened',
  'campaign.closed',
  'campaign.created',
  'campaign.readerLeft',
  'case.corrected',
  'case.opened',
  'case.signed',
  'consent.given',
  'consent.withdrawn',
  'dataset.exported',
  'dataset.frozen',
  'dataset.imported',
  'day.summarised',
  'drops.forbidden',
  'drops.given',
  'encounter.intake',
  'encounter.referred',
  'encounter.started',
  'encounter.viewed',
  'eye.stated',
  'eyes.swapped',
  'file.set-aside',
  'hospital.added',
  'hospital.changed',
  'hospital.list-saved',
  'hot-folder.set',
  'image.captured',
  'image.leftOut',
  'images.moved',
  'images.placed',
  'incident.listed',
  'language.signed',
  'letter.issued',
  'look-alike.decided',
  'model.activated',
  'model.examined',
  'model.rolled-back',
  'package.answered',
  'package.merged',
  'package.received',
  'package.sent',
  'patient.contacted',
  'patient.copy-saved',
  'patient.corrected',
  'patient.erased',
  'patient.merged',
  'patient.registered',
  'patient.unmerged',
  'patient.viewed',
  'patterns.saved',
  'practice.created',
  'problem.exported',
  'problem.reported',
  'profile.protected',
  'profile.rekey-given-up',
  'profile.rekey-planned',
  'profile.rekeyed',
  'profile.set-up',
  'quality.appealed',
  'read.corrected',
  'read.saved',
  'read.undone',
  'reader.examined',
  'recall.rescored',
  'referral.noted',
  'registration.rules-changed',
  'report.issued',
  'result.raised',
  'run.cancelled',
  'run.continued',
  'run.finished',
  'run.started',
  'run.viewed',
  'session.locked',
  'session.pin-wrong',
  'session.second-person',
  'session.signed-in',
  'session.signed-out',
  'session.unlocked',
  'site.accepted',
  'site.changed',
  'site.clinicalLead',
  'site.keyMade',
  'slip.issued',
  'slip.printed',
  'slip.saved',
  'slip.voided',
  'standing-order.given',
  'standing-order.withdrawn',
  'test-set.looked-at',
  'training.cancelled',
  'training.device',
  'training.failed',
  'training.finished',
  'training.note',
  'training.paused',
  'training.resumed',
  'training.set',
  'training.started',
  'vault.code-renewed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What an event is about. */
export const AUDIT_RECORDS = [
  'account',
  'adjudication',
  'alert',
  'audit',
  'backup',
  'break-glass',
  'campaign',
  'capture_file',
  'dataset',
  'encounter',
  'hospital',
  'image',
  'language',
  'model',
  'outcome',
  'package',
  'patient',
  'program',
  'promotion',
  'read',
  'run',
  'screening_run',
  'session',
  'setting',
  'site',
  'slip',
  'standing_order',
  'test-look',
  'training',
  'vault',
] as const;
export type AuditRecord = (typeof AUDIT_RECORDS)[number];

/** One line of the audit log. */
export interface AuditEvent {
  seq: number;
  at: number;
  actorId: string;
  /** An `AuditAction`, unless a newer version wrote it. */
  action: string;
  /** An `AuditRecord`, likewise. */
  recordType: string;
  recordId: string;
  /** JSON. */
  details: string;
  /** Hex. */
  previousHash: string;
  hash: string;
}

export interface AuditRow extends AuditEvent {
  /** Of the account; null for ids that are none. */
  actorName: string | null;
}

/** null: any. */
export interface AuditFilter {
  actorId: string | null;
  action: string | null;
  recordId: string | null;
  /** UTC milliseconds; the end is excluded. */
  from: number | null;
  until: number | null;
}

export interface AuditChain {
  /** True when every event is there, in order, and as it was written. */
  ok: boolean;
  events: number;
  /** The first place where an event is missing or differs. */
  brokenAtSeq: number | null;
  /** Hash of the last sound event: printed or carried away, it also proves later that no event was cut off the end. */
  head: string;
}
