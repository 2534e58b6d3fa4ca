import type BetterSqlite3 from 'better-sqlite3';

/** The answer of one reader about one photograph: the same columns in a read, an adjudication and an eye of the clinical queue. */
const ANSWER = `
      gradable INTEGER NOT NULL CHECK (gradable IN (0, 1)),
      -- Why it is not, codes; empty on a gradable one.
      reasons TEXT NOT NULL CHECK (json_valid(reasons)),
      -- ICDR.
      grade INTEGER CHECK (grade BETWEEN 0 AND 4),
      macular TEXT CHECK (macular IN ('none', 'within-disc-diameter', 'other-group', 'cannot-tell')),
      -- Only where an OCT was seen, else NULL.
      centre_involved INTEGER CHECK (centre_involved IN (0, 1)),
      lesions TEXT NOT NULL CHECK (json_valid(lesions)),
      -- Treated: stable proliferative retinopathy under laser scars is its own state, not grade 4.
      laser TEXT NOT NULL CHECK (laser IN ('none', 'scars', 'treated-stable')),
      other_disease TEXT NOT NULL CHECK (json_valid(other_disease)),
      refer_other INTEGER NOT NULL CHECK (refer_other IN (0, 1)),
      -- 1 unsure, 2 fairly sure, 3 sure.
      confidence INTEGER NOT NULL CHECK (confidence BETWEEN 1 AND 3),
      note TEXT NOT NULL,
      CHECK ((gradable = 1) = (grade IS NOT NULL)),
      CHECK ((gradable = 1) = (macular IS NOT NULL)),
      CHECK (gradable = 1 OR centre_involved IS NULL)`;

/**
 * The reading room. Campaigns give photographs to readers who see neither the model's answer nor each other's; the clinical queue gives
 * whole patients to a doctor who answers for them. The two are never mixed. Everything is append-only: what ends is a row of its own.
 */
export function createReading(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE campaign (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      -- Readers see only the number: a name could say what is expected.
      number INTEGER NOT NULL UNIQUE CHECK (number > 0),
      kind TEXT NOT NULL CHECK (kind IN ('reading', 'practice')),
      -- The lead's own words; no reader's query selects it.
      title TEXT NOT NULL,
      selection TEXT NOT NULL CHECK (selection IN ('all', 'random', 'ungradable', 'appeals', 'low-confidence', 'active-learning', 'locked-test',
        'label-noise', 'running-audit', 'practice')),
      readers_per_image INTEGER NOT NULL CHECK (readers_per_image BETWEEN 1 AND 9),
      adjudication TEXT NOT NULL CHECK (adjudication IN ('senior', 'round-robin')),
      adjudicator_id TEXT,
      fellow_eye INTEGER NOT NULL CHECK (fellow_eye IN (0, 1)),
      prior_visit INTEGER NOT NULL CHECK (prior_visit IN (0, 1)),
      -- Share of each reader's photographs shown again, masked, after the wash-out.
      reread_percent INTEGER NOT NULL CHECK (reread_percent BETWEEN 0 AND 100),
      washout_days INTEGER NOT NULL CHECK (washout_days >= 0),
      -- Readers of this campaign must have passed a practice set.
      certified_only INTEGER NOT NULL CHECK (certified_only IN (0, 1)),
      -- Of a practice set: quadratic kappa with the known answers, 0..1.
      pass_mark REAL CHECK (pass_mark BETWEEN 0 AND 1),
      -- Photographs of folders have no consent on record here: the lead has declared one.
      consent_declared INTEGER NOT NULL CHECK (consent_declared IN (0, 1)),
      -- Orders are drawn from it: the same seed, the same order.
      seed TEXT NOT NULL,
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK ((adjudication = 'senior') = (adjudicator_id IS NOT NULL) OR kind = 'practice'),
      CHECK ((kind = 'practice') = (pass_mark IS NOT NULL)),
      CHECK (kind = 'practice' OR readers_per_image >= 2)
    ) STRICT;

    CREATE TABLE campaign_end (
      campaign_id TEXT NOT NULL PRIMARY KEY REFERENCES campaign (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE campaign_reader (
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      reader_id TEXT NOT NULL,
      PRIMARY KEY (campaign_id, reader_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE campaign_item (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      -- How it came in: chosen by the selection, or drawn at random beside it.
      origin TEXT NOT NULL CHECK (origin IN ('selected', 'random')),
      -- Place in the selection's own order (active learning: most useful first).
      position INTEGER NOT NULL CHECK (position >= 0),
      UNIQUE (campaign_id, image_id)
    ) STRICT;
    CREATE INDEX campaign_item_image ON campaign_item (image_id);

    -- In a table of its own: nothing that serves a photograph to a reader can select it by accident.
    CREATE TABLE practice_answer (
      item_id TEXT NOT NULL PRIMARY KEY REFERENCES campaign_item (id),
      gradable INTEGER NOT NULL CHECK (gradable IN (0, 1)),
      grade INTEGER CHECK (grade BETWEEN 0 AND 4),
      macular TEXT CHECK (macular IN ('none', 'within-disc-diameter', 'other-group', 'cannot-tell')),
      CHECK ((gradable = 1) = (grade IS NOT NULL))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE read_assignment (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      item_id TEXT NOT NULL REFERENCES campaign_item (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      reader_id TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('read', 're-read', 'round-robin', 'adjudicate')),
      -- 1 for the first independent answer; 2.. for rounds until agreement.
      round INTEGER NOT NULL CHECK (round >= 1),
      -- The reader's own order.
      position INTEGER NOT NULL CHECK (position >= 0),
      -- A masked re-read waits for the wash-out.
      not_before INTEGER,
      created_at INTEGER NOT NULL,
      UNIQUE (item_id, reader_id, kind, round)
    ) STRICT;
    CREATE INDEX read_assignment_reader ON read_assignment (reader_id, campaign_id, position);
    CREATE INDEX read_assignment_image ON read_assignment (image_id);
    CREATE INDEX read_assignment_campaign ON read_assignment (campaign_id, kind);

    -- Taken back without an answer.
    CREATE TABLE read_assignment_end (
      assignment_id TEXT NOT NULL PRIMARY KEY REFERENCES read_assignment (id),
      reason TEXT NOT NULL CHECK (reason IN ('campaign-closed', 'reader-left', 'consent-withdrawn', 'image-undecodable', 'alert', 'agreed',
        'unblinded')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE read (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      assignment_id TEXT NOT NULL REFERENCES read_assignment (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      reader_id TEXT NOT NULL,
      purpose TEXT NOT NULL CHECK (purpose IN ('campaign', 'practice')),
      round INTEGER NOT NULL CHECK (round >= 1),
      -- Points and ellipses in pixels of the upright original.
      marks TEXT NOT NULL CHECK (json_valid(marks)),
      -- Lesions that no rule may turn into a grade (a lone cotton-wool spot, a haemorrhage without microaneurysm).
      adjudicate INTEGER NOT NULL CHECK (adjudicate IN (0, 1)),
      -- The grade does not fit the lesions ticked; the reader was told and kept it.
      contradicts INTEGER NOT NULL CHECK (contradicts IN (0, 1)),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      -- Spent on it, idle time taken off, and the idle time.
      active_ms INTEGER NOT NULL CHECK (active_ms >= 0),
      idle_ms INTEGER NOT NULL CHECK (idle_ms >= 0),
      -- Something about the photograph had been shown to the reader before this answer; it never becomes a label.
      unblinded INTEGER NOT NULL CHECK (unblinded IN (0, 1)),
      correction_reason TEXT,
      -- Read on another machine.
      elsewhere INTEGER NOT NULL CHECK (elsewhere IN (0, 1)),
      supersedes_id TEXT UNIQUE REFERENCES read (id),
      created_at INTEGER NOT NULL,
      ${ANSWER},
      CHECK (unblinded = 0 OR supersedes_id IS NOT NULL),
      CHECK ((unblinded = 1) = (correction_reason IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX read_first ON read (assignment_id) WHERE supersedes_id IS NULL;
    CREATE INDEX read_assignment_reads ON read (assignment_id, seq);
    CREATE INDEX read_image ON read (image_id, reader_id);
    CREATE TRIGGER read_is_of_its_assignment BEFORE INSERT ON read WHEN NOT EXISTS (
      SELECT 1 FROM read_assignment a
      WHERE a.id = NEW.assignment_id AND a.image_id = NEW.image_id AND a.reader_id = NEW.reader_id AND a.round = NEW.round
    ) BEGIN SELECT RAISE(ABORT, 'read: of another reader, photograph or round than its assignment'); END;
    CREATE TRIGGER read_chain BEFORE INSERT ON read WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM read old WHERE old.id = NEW.supersedes_id AND old.assignment_id = NEW.assignment_id AND old.unblinded <= NEW.unblinded
    ) BEGIN SELECT RAISE(ABORT, 'read: supersedes another answer, or makes an unblinded one blind again'); END;

    -- Something about a photograph (a prediction, another read) was shown to somebody who had answered for it: no undo from then on.
    CREATE TABLE unblinding (
      seq INTEGER PRIMARY KEY,
      user_id TEXT NOT NULL,
      image_id TEXT NOT NULL REFERENCES image (id),
      what TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX unblinding_user ON unblinding (user_id, image_id, created_at);
    CREATE INDEX unblinding_image ON unblinding (image_id);

    CREATE TABLE adjudication (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      method TEXT NOT NULL CHECK (method IN ('senior', 'round-robin')),
      -- The senior's own assignment; NULL for a round in which all agreed.
      assignment_id TEXT UNIQUE REFERENCES read_assignment (id),
      adjudicator_id TEXT,
      rounds INTEGER NOT NULL CHECK (rounds >= 1),
      created_at INTEGER NOT NULL,
      ${ANSWER},
      UNIQUE (campaign_id, image_id),
      FOREIGN KEY (campaign_id, image_id) REFERENCES campaign_item (campaign_id, image_id),
      CHECK ((method = 'senior') = (adjudicator_id IS NOT NULL)),
      CHECK ((method = 'senior') = (assignment_id IS NOT NULL))
    ) STRICT;
    CREATE INDEX adjudication_image ON adjudication (image_id);

    CREATE TABLE certification (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      reader_id TEXT NOT NULL,
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      images INTEGER NOT NULL CHECK (images > 0),
      -- Quadratic kappa with the known grades, share of equal answers, of equal gradability: NULL where it is not defined.
      kappa REAL,
      exact REAL NOT NULL CHECK (exact BETWEEN 0 AND 1),
      gradability REAL NOT NULL CHECK (gradability BETWEEN 0 AND 1),
      pass_mark REAL NOT NULL CHECK (pass_mark BETWEEN 0 AND 1),
      passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
      created_at INTEGER NOT NULL,
      UNIQUE (reader_id, campaign_id)
    ) STRICT;
    CREATE INDEX certification_campaign ON certification (campaign_id);

    CREATE TABLE urgent_alert (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      assignment_id TEXT NOT NULL UNIQUE REFERENCES read_assignment (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      reader_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX urgent_alert_image ON urgent_alert (image_id);
    CREATE TABLE urgent_alert_end (
      alert_id TEXT NOT NULL PRIMARY KEY REFERENCES urgent_alert (id),
      action TEXT NOT NULL CHECK (action IN ('patient-called', 'referred-already', 'not-urgent', 'patient-unknown')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- A doctor has taken a patient's examination from the clinical queue.
    CREATE TABLE clinical_assignment (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      encounter_id TEXT NOT NULL,
      doctor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      FOREIGN KEY (encounter_id, patient_id) REFERENCES encounter (id, patient_id)
    ) STRICT;
    CREATE INDEX clinical_assignment_patient ON clinical_assignment (patient_id);
    CREATE INDEX clinical_assignment_encounter ON clinical_assignment (encounter_id, seq);
    CREATE INDEX clinical_assignment_doctor ON clinical_assignment (doctor_id);
    -- Put back without an answer.
    CREATE TABLE clinical_assignment_end (
      assignment_id TEXT NOT NULL PRIMARY KEY REFERENCES clinical_assignment (id),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- What a doctor has signed for a patient; its eyes follow.
    CREATE TABLE clinical_read (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      assignment_id TEXT NOT NULL REFERENCES clinical_assignment (id),
      doctor_id TEXT NOT NULL,
      result TEXT NOT NULL CHECK (result IN ('refer', 'no-refer', 'ungradable', 'incomplete')),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      reasons TEXT NOT NULL CHECK (json_valid(reasons)),
      -- Days of the site's calendar, by its guideline.
      refer_by TEXT,
      rescreen_by TEXT,
      note TEXT NOT NULL,
      active_ms INTEGER NOT NULL CHECK (active_ms >= 0),
      -- The model's answer had been shown before this one: a correction.
      unblinded INTEGER NOT NULL CHECK (unblinded IN (0, 1)),
      correction_reason TEXT,
      supersedes_id TEXT UNIQUE REFERENCES clinical_read (id),
      created_at INTEGER NOT NULL,
      CHECK ((unblinded = 1) = (correction_reason IS NOT NULL)),
      CHECK ((unblinded = 1) = (supersedes_id IS NOT NULL))
    ) STRICT;
    CREATE INDEX clinical_read_assignment ON clinical_read (assignment_id, seq);
    CREATE UNIQUE INDEX clinical_read_first ON clinical_read (assignment_id) WHERE supersedes_id IS NULL;
    CREATE TRIGGER clinical_read_chain BEFORE INSERT ON clinical_read WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM clinical_read old WHERE old.id = NEW.supersedes_id AND old.assignment_id = NEW.assignment_id
    ) BEGIN SELECT RAISE(ABORT, 'clinical_read: supersedes the read of another patient'); END;

    -- The grade of an eye over all its fields: the reference for figures per eye and patient.
    CREATE TABLE clinical_eye (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      clinical_read_id TEXT NOT NULL REFERENCES clinical_read (id),
      -- NULL: a photograph whose side is unknown.
      eye TEXT CHECK (eye IN ('right', 'left')),
      ${ANSWER}
    ) STRICT;
    CREATE UNIQUE INDEX clinical_eye_once ON clinical_eye (clinical_read_id, coalesce(eye, ''));

    -- The last answer of an assignment that was given blind: what a label may rest on.
    CREATE VIEW label_read AS
      SELECT * FROM read r WHERE r.unblinded = 0
        AND NOT EXISTS (SELECT 1 FROM read later WHERE later.supersedes_id = r.id AND later.unblinded = 0);
    CREATE VIEW read_current AS
      SELECT * FROM read r WHERE NOT EXISTS (SELECT 1 FROM read later WHERE later.supersedes_id = r.id);

    -- Where all first answers of a photograph are in, there are two at least, and they say the same.
    CREATE VIEW agreement_label AS
      SELECT i.campaign_id, i.image_id, min(r.gradable) AS gradable, min(r.grade) AS grade, min(r.macular) AS macular,
        min(r.centre_involved) AS centre_involved, count(r.id) AS readers, max(r.created_at) AS decided_at
      FROM campaign_item i
      JOIN read_assignment a ON a.item_id = i.id AND a.kind = 'read'
      LEFT JOIN label_read r ON r.assignment_id = a.id
      LEFT JOIN read_assignment_end e ON e.assignment_id = a.id
      WHERE r.id IS NOT NULL OR e.assignment_id IS NULL
      GROUP BY i.id
      HAVING count(*) = count(r.id) AND count(r.id) >= 2 AND max(r.adjudicate) = 0
        AND min(r.gradable) = max(r.gradable)
        AND min(coalesce(r.grade, -1)) = max(coalesce(r.grade, -1))
        AND min(coalesce(r.macular, '')) = max(coalesce(r.macular, ''))
        AND min(coalesce(r.centre_involved, -1)) = max(coalesce(r.centre_involved, -1));

    -- One label for each photograph of a campaign; practice sets give none.
    CREATE VIEW campaign_label AS
      SELECT l.campaign_id, l.image_id, 'agreement' AS method, l.gradable, l.grade, l.macular, l.centre_involved, l.readers, l.decided_at
      FROM agreement_label l JOIN campaign c ON c.id = l.campaign_id AND c.kind = 'reading'
      WHERE NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.campaign_id = l.campaign_id AND d.image_id = l.image_id)
      UNION ALL
      SELECT d.campaign_id, d.image_id, 'adjudicated', d.gradable, d.grade, d.macular, d.centre_involved,
        (SELECT count(*) FROM label_read r JOIN read_assignment a ON a.id = r.assignment_id
          WHERE a.campaign_id = d.campaign_id AND a.image_id = d.image_id AND a.kind = 'read'), d.created_at
      FROM adjudication d;

    -- One label for each photograph: adjudicated before agreed, then of the newest campaign.
    CREATE VIEW reference_label AS
      SELECT image_id, campaign_id, method, gradable, grade, macular, centre_involved, readers, decided_at FROM (
        SELECT l.*, row_number() OVER (PARTITION BY l.image_id ORDER BY l.method = 'adjudicated' DESC, c.seq DESC) AS place
        FROM campaign_label l JOIN campaign c ON c.id = l.campaign_id
      ) WHERE place = 1;

    -- Not answered and not taken back. An adjudicator's stays open until the decision; where readers go round until they agree, so do theirs.
    CREATE VIEW read_assignment_open AS
      SELECT a.* FROM read_assignment a JOIN campaign c ON c.id = a.campaign_id
      WHERE NOT EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM campaign_end e WHERE e.campaign_id = a.campaign_id)
        AND CASE
          WHEN a.kind = 'adjudicate' THEN NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.assignment_id = a.id)
          WHEN NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = a.id) THEN 1
          ELSE c.adjudication = 'round-robin' AND c.kind = 'reading' AND a.kind IN ('read', 'round-robin')
            AND NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.campaign_id = a.campaign_id AND d.image_id = a.image_id)
            AND NOT EXISTS (SELECT 1 FROM agreement_label l WHERE l.campaign_id = a.campaign_id AND l.image_id = a.image_id)
        END;
    CREATE VIEW clinical_assignment_open AS
      SELECT a.* FROM clinical_assignment a
      WHERE NOT EXISTS (SELECT 1 FROM clinical_read r WHERE r.assignment_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM clinical_assignment_end e WHERE e.assignment_id = a.id);

    -- From whom whose predictions and reads are hidden. A person is one however often registered (patient_person comes with registration).
    CREATE VIEW blinded_patient AS
      WITH open (user_id, patient_id) AS (
        SELECT o.reader_id, a.patient_id FROM read_assignment_open o
          JOIN image_assignment_current a ON a.image_id = o.image_id WHERE a.patient_id IS NOT NULL
        UNION SELECT doctor_id, patient_id FROM clinical_assignment_open
      )
      SELECT user_id, patient_id FROM open
      UNION SELECT o.user_id, same.patient_id FROM open o
        JOIN patient_person p ON p.patient_id = o.patient_id JOIN patient_person same ON same.person_id = p.person_id;
    -- Every photograph of such a patient, and those of an open assignment that have none.
    CREATE VIEW blinded_image AS
      SELECT reader_id AS user_id, image_id FROM read_assignment_open
      UNION SELECT b.user_id, a.image_id FROM blinded_patient b JOIN image_assignment_current a ON a.patient_id = b.patient_id;
  `);
  for (const table of APPEND_ONLY) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}

const APPEND_ONLY = [
  'campaign',
  'campaign_end',
  'campaign_reader',
  'campaign_item',
  'practice_answer',
  'read_assignment',
  'read_assignment_end',
  'read',
  'unblinding',
  'adjudication',
  'certification',
  'urgent_alert',
  'urgent_alert_end',
  'clinical_assignment',
  'clinical_assignment_end',
  'clinical_read',
  'clinical_eye',
];
