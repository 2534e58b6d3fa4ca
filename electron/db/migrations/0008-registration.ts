import type BetterSqlite3 from 'better-sqlite3';

/**
 * Who the patients are and what they allowed, what was asked before the photograph, and what became of them afterwards.
 *
 * All append-only but two: `patient_key`, whose row is what erasure destroys, and `hospital`, an address book. Merged patients are not
 * rewritten: `patient_person` says which rows are one person, and an unmerge takes that back.
 */
export function createRegistration(db: BetterSqlite3.Database): void {
  createIdentity(db);
  createConsentAndIntake(db);
  createFollowUp(db);
  const appendOnly = [
    'patient_erasure',
    'patient_identity',
    'patient_merge',
    'patient_unmerge',
    'consent',
    'intake',
    'referral',
    'referral_event',
    'rescreen_due',
    'call_back',
    'call_back_closure',
    'contact_attempt',
  ];
  for (const table of appendOnly) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}

function createIdentity(db: BetterSqlite3.Database): void {
  db.exec(`
    -- A patient's own key, wrapped by the profile's. Deleting the row is the erasure: nothing sealed under it opens again.
    CREATE TABLE patient_key (
      patient_id TEXT PRIMARY KEY REFERENCES patient (id),
      wrapped BLOB NOT NULL CHECK (length(wrapped) = 61),
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE patient_erasure (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL UNIQUE REFERENCES patient (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER patient_key_after_erasure BEFORE INSERT ON patient_key
      WHEN EXISTS (SELECT 1 FROM patient_erasure e WHERE e.patient_id = NEW.patient_id)
      BEGIN SELECT RAISE(ABORT, 'patient_key: the patient was erased'); END;

    -- Name, birth, address: sealed under the patient's key. The newest row is in force, the older ones are what it corrected.
    CREATE TABLE patient_identity (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      sealed BLOB NOT NULL,
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX patient_identity_patient ON patient_identity (patient_id, seq);

    CREATE TABLE patient_merge (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      kept_id TEXT NOT NULL REFERENCES patient (id),
      merged_id TEXT NOT NULL REFERENCES patient (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK (kept_id <> merged_id)
    ) STRICT;
    CREATE INDEX patient_merge_merged ON patient_merge (merged_id);
    CREATE INDEX patient_merge_kept ON patient_merge (kept_id);

    CREATE TABLE patient_unmerge (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      merge_id TEXT NOT NULL UNIQUE REFERENCES patient_merge (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE VIEW patient_merge_current AS
      SELECT * FROM patient_merge m WHERE NOT EXISTS (SELECT 1 FROM patient_unmerge u WHERE u.merge_id = m.id);
    -- Only those who stand for themselves are merged: no circles, and one person for each patient.
    CREATE TRIGGER patient_merge_of_persons BEFORE INSERT ON patient_merge
      WHEN EXISTS (SELECT 1 FROM patient_merge_current m WHERE m.merged_id IN (NEW.kept_id, NEW.merged_id))
      BEGIN SELECT RAISE(ABORT, 'patient_merge: merged already'); END;
    -- Every patient with the one it was merged into, in the end; itself where it was not.
    CREATE VIEW patient_person AS
      WITH RECURSIVE chain (patient_id, person_id) AS (
        SELECT id, id FROM patient
        UNION ALL
        SELECT c.patient_id, m.kept_id FROM chain c JOIN patient_merge_current m ON m.merged_id = c.person_id
      )
      SELECT patient_id, person_id FROM chain
      WHERE NOT EXISTS (SELECT 1 FROM patient_merge_current m WHERE m.merged_id = chain.person_id);
  `);
}

const VISION = `('6/6', '6/9', '6/12', '6/18', '6/24', '6/36', '6/60', '3/60', '1/60', 'hand-movements', 'light', 'no-light')`;

function createConsentAndIntake(db: BetterSqlite3.Database): void {
  db.exec(`
    -- The newest row of a person is in force; a withdrawal is a row like any other.
    CREATE TABLE consent (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      screening INTEGER NOT NULL CHECK (screening IN (0, 1)),
      contact INTEGER NOT NULL CHECK (contact IN (0, 1)),
      sharing INTEGER NOT NULL CHECK (sharing IN (0, 1)),
      training INTEGER NOT NULL CHECK (training IN (0, 1)),
      withdrawal INTEGER NOT NULL CHECK (withdrawal IN (0, 1)),
      notice_version TEXT NOT NULL CHECK (notice_version <> ''),
      language TEXT NOT NULL CHECK (language <> ''),
      how TEXT NOT NULL CHECK (how IN ('signature', 'thumbprint-and-witness', 'read-aloud')),
      given_by TEXT NOT NULL CHECK (given_by IN ('patient', 'guardian')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX consent_patient ON consent (patient_id, seq);
    CREATE VIEW consent_current AS
      SELECT * FROM (
        SELECT c.*, p.person_id, row_number() OVER (PARTITION BY p.person_id ORDER BY c.seq DESC) AS age
        FROM consent c JOIN patient_person p ON p.patient_id = c.patient_id
      ) WHERE age = 1;
    -- What may be done with whom. Whoever selects patients for one of these joins the view: without an answer it is no.
    CREATE VIEW patient_consenting AS
      SELECT p.patient_id, p.person_id, c.screening, c.contact, c.sharing, c.training
      FROM patient_person p JOIN consent_current c ON c.person_id = p.person_id
      WHERE NOT EXISTS (SELECT 1 FROM patient_erasure e WHERE e.patient_id IN (p.patient_id, p.person_id));
    CREATE VIEW patient_may_screen AS SELECT patient_id FROM patient_consenting WHERE screening = 1;
    CREATE VIEW patient_may_contact AS SELECT patient_id FROM patient_consenting WHERE contact = 1;
    CREATE VIEW patient_may_share AS SELECT patient_id FROM patient_consenting WHERE sharing = 1;
    CREATE VIEW patient_may_train AS SELECT patient_id FROM patient_consenting WHERE training = 1;

    -- Asked and measured before the photograph. NULL: not asked, not measured; never the same as "no".
    CREATE TABLE intake (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      encounter_id TEXT NOT NULL,
      patient_id TEXT NOT NULL,
      right_unaided TEXT CHECK (right_unaided IN ${VISION}),
      right_glasses TEXT CHECK (right_glasses IN ${VISION}),
      right_pinhole TEXT CHECK (right_pinhole IN ${VISION}),
      left_unaided TEXT CHECK (left_unaided IN ${VISION}),
      left_glasses TEXT CHECK (left_glasses IN ${VISION}),
      left_pinhole TEXT CHECK (left_pinhole IN ${VISION}),
      right_state TEXT NOT NULL CHECK (right_state IN ('present', 'absent', 'opaque')),
      left_state TEXT NOT NULL CHECK (left_state IN ('present', 'absent', 'opaque')),
      sudden_loss INTEGER CHECK (sudden_loss IN (0, 1)),
      floaters_or_flashes INTEGER CHECK (floaters_or_flashes IN (0, 1)),
      pain_or_redness INTEGER CHECK (pain_or_redness IN (0, 1)),
      pregnancy INTEGER CHECK (pregnancy IN (0, 1)),
      earlier_treatment INTEGER CHECK (earlier_treatment IN (0, 1)),
      under_eye_doctor INTEGER CHECK (under_eye_doctor IN (0, 1)),
      under_18 INTEGER CHECK (under_18 IN (0, 1)),
      ai_refused INTEGER NOT NULL CHECK (ai_refused IN (0, 1)),
      actor_id TEXT NOT NULL,
      supersedes_id TEXT UNIQUE REFERENCES intake (id),
      created_at INTEGER NOT NULL,
      FOREIGN KEY (encounter_id, patient_id) REFERENCES encounter (id, patient_id)
    ) STRICT;
    CREATE UNIQUE INDEX intake_first ON intake (encounter_id) WHERE supersedes_id IS NULL;
    CREATE INDEX intake_encounter ON intake (encounter_id, seq);
    CREATE TRIGGER intake_chain BEFORE INSERT ON intake WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM intake old WHERE old.id = NEW.supersedes_id AND old.encounter_id = NEW.encounter_id
    ) BEGIN SELECT RAISE(ABORT, 'intake: supersedes another encounter'); END;
    CREATE VIEW intake_current AS
      SELECT * FROM intake a WHERE NOT EXISTS (SELECT 1 FROM intake b WHERE b.supersedes_id = a.id);
  `);
}

function createFollowUp(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE hospital (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      name TEXT NOT NULL CHECK (name <> ''),
      address TEXT NOT NULL,
      phone TEXT NOT NULL,
      -- Not offered any more; what was sent there stays.
      closed_at INTEGER,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE referral (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL,
      encounter_id TEXT NOT NULL,
      -- NULL: any eye doctor.
      hospital_id TEXT REFERENCES hospital (id),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      -- The site's day by which an eye doctor is to be seen.
      due_day TEXT NOT NULL CHECK (due_day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
      actor_id TEXT NOT NULL,
      supersedes_id TEXT UNIQUE REFERENCES referral (id),
      created_at INTEGER NOT NULL,
      FOREIGN KEY (encounter_id, patient_id) REFERENCES encounter (id, patient_id)
    ) STRICT;
    CREATE UNIQUE INDEX referral_first ON referral (encounter_id) WHERE supersedes_id IS NULL;
    CREATE INDEX referral_patient ON referral (patient_id);
    CREATE INDEX referral_hospital ON referral (hospital_id);
    CREATE TRIGGER referral_chain BEFORE INSERT ON referral WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM referral old WHERE old.id = NEW.supersedes_id AND old.encounter_id = NEW.encounter_id
    ) BEGIN SELECT RAISE(ABORT, 'referral: supersedes another encounter'); END;
    CREATE VIEW referral_current AS
      SELECT * FROM referral a WHERE NOT EXISTS (SELECT 1 FROM referral b WHERE b.supersedes_id = a.id);

    -- What became of a referral; of the encounter, so that a referral made anew keeps it.
    CREATE TABLE referral_event (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      encounter_id TEXT NOT NULL REFERENCES encounter (id),
      what TEXT NOT NULL CHECK (what IN ('attended', 'treated', 'not-attended')),
      -- When it happened, by the site's calendar.
      day TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
      source TEXT NOT NULL CHECK (source IN ('person', 'phone', 'letter', 'csv')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX referral_event_encounter ON referral_event (encounter_id, seq);

    -- When to come again. The newest row of an encounter is in force; NULL takes it back.
    CREATE TABLE rescreen_due (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL,
      encounter_id TEXT NOT NULL,
      due_day TEXT CHECK (due_day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      FOREIGN KEY (encounter_id, patient_id) REFERENCES encounter (id, patient_id)
    ) STRICT;
    CREATE INDEX rescreen_due_patient ON rescreen_due (patient_id, seq);
    CREATE INDEX rescreen_due_encounter ON rescreen_due (encounter_id, seq);

    -- Sent home on a result that has become worse: on the list until reached.
    CREATE TABLE call_back (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      encounter_id TEXT REFERENCES encounter (id),
      -- The worse one.
      outcome_id TEXT REFERENCES outcome (id),
      reason TEXT NOT NULL CHECK (reason IN ('later-read', 'correction', 'model-recall')),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      due_day TEXT NOT NULL CHECK (due_day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX call_back_patient ON call_back (patient_id);
    CREATE INDEX call_back_encounter ON call_back (encounter_id);
    CREATE INDEX call_back_outcome ON call_back (outcome_id);

    CREATE TABLE call_back_closure (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      call_back_id TEXT NOT NULL UNIQUE REFERENCES call_back (id),
      how TEXT NOT NULL CHECK (how IN ('reached', 'seen-by-doctor', 'died')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE contact_attempt (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      -- What it was about: the encounter whose referral or coming again, or the call-back.
      subject TEXT NOT NULL CHECK (subject IN ('referral', 'rescreen', 'call-back')),
      subject_id TEXT NOT NULL,
      way TEXT NOT NULL CHECK (way IN ('phone', 'visit', 'message')),
      result TEXT NOT NULL CHECK (result IN ('reached', 'no-answer', 'wrong-number', 'will-come', 'will-not-come')),
      -- Words can name a person: sealed under the patient's key.
      note BLOB,
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX contact_attempt_patient ON contact_attempt (patient_id);
    CREATE INDEX contact_attempt_subject ON contact_attempt (subject, subject_id, seq);
  `);
}
