import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../../../electron/db/profile/profile';
import { recordEncounterOutcome } from '../../../../electron/db/queries/encounter-outcomes';
import type { Outcome } from '../../../../electron/db/queries/outcomes';
import { setSiteMode } from '../../../../electron/db/queries/sites';
import { transaction } from '../../../../electron/db/sql';
import { campPapers } from '../../../../electron/services/documents/camp';
import { encounterAdvice } from '../../../../electron/services/documents/encounter-advice';
import { isDraft, languageStates, signLanguage } from '../../../../electron/services/documents/languages';
import { makePapers, markGiven, papersOf, type PapersMade, voidPapers } from '../../../../electron/services/documents/papers';
import { openCase } from '../../../../electron/services/reading/clinical-queue';
import { signCase } from '../../../../electron/services/reading/sign-case';
import { followOutcome } from '../../../../electron/services/patients/follow-up';
import type { Workspace } from '../../../../electron/services/workspace';
import { type Actor, LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { formatShortId } from '../../../../electron/shared/domain/short-id';
import { arrive, newProfile, takeIn } from '../../../helpers/desk';
import { HEALTHY_ANSWER, RAO } from '../../../helpers/reading-room';

const resourcesFolder = join(import.meta.dirname, '../../../../resources');
const DOCTOR: Actor = { userId: 'dr-rao', roles: ['doctor'] };
const ADMIN: Actor = { userId: 'boss', roles: ['admin'] };

interface Visit {
  patientId: string;
  shortId: string;
  encounterId: string;
}

function conclude(profile: Profile, visit: Visit, what: Partial<Pick<Outcome, 'result' | 'urgent' | 'source'>>): Outcome {
  return transaction(profile.database, () => {
    const outcome = recordEncounterOutcome(profile.database, {
      siteId: profile.site.id,
      encounterId: visit.encounterId,
      patientId: visit.patientId,
      eye: null,
      source: what.source ?? 'ai',
      actorId: 'local',
      result: what.result ?? 'refer',
      urgent: what.urgent ?? false,
      reasons: what.result === 'no-refer' ? ['below-threshold'] : ['score'],
      basis: {},
    });
    followOutcome(profile.database, profile.site.id, LOCAL_ACTOR, visit.encounterId);
    return outcome;
  });
}

/** Nothing here has photographs, so no thread is asked for pictures. */
function workspaceOf(profile: Profile): Pick<Workspace, 'profile' | 'pool'> {
  return { profile, pool: { pictures: () => Promise.resolve([]) } as unknown as Workspace['pool'] };
}

function make(
  profile: Profile,
  visits: readonly Visit[],
  kind: 'slip' | 'letter' | 'report' = 'slip',
  actor = LOCAL_ACTOR,
): Promise<PapersMade> {
  return makePapers(
    actor,
    workspaceOf(profile),
    { encounterIds: visits.map((visit) => visit.encounterId), kind, language: null },
    { resourcesFolder },
  );
}

describe('a slip', () => {
  test('says what to do in the patient’s language, with date, number and code, and loads nothing from anywhere', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile, { name: 'லட்சுமி', language: 'ta' });
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, { urgent: true });
    const { html, papers, fileName } = await make(profile, [visit]);
    expect(html).toContain('இப்போதே கண் மருத்துவரைப் பார்க்கவும்');
    expect(html).toContain('000001-1');
    expect(html).toContain(formatShortId(visit.shortId));
    expect(html).toContain('<svg');
    expect(html).toContain('default-src &#39;none&#39;');
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]?.slice(0, 5))).toEqual([]);
    expect(papers[0]).toMatchObject({ language: 'ta', advice: 'see-doctor-now', void: null, givenAt: null });
    expect(fileName).toBe('netra-slip-000001-1.pdf');
  });

  test('never says normal or healthy, and says on every sheet that other disease is not looked for', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile, { language: 'en' });
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, { result: 'no-refer', source: 'doctor' });
    const { html } = await make(profile, [visit]);
    expect(html).toMatch(/COME AGAIN IN [A-Z][a-z]+ 20\d\d/);
    expect(html).toContain('not cataract or glaucoma');
    expect(html.replace(/<style>.*<\/style>/s, '')).not.toMatch(/\b(normal|healthy|infected)\b/i);
  });

  test('a result of the program alone never tells anybody to come again: a doctor reads first', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, { result: 'no-refer' });
    for (const mode of ['doctor-reads-all', 'ai-result-issued'] as const) {
      setSiteMode(profile.database, mode);
      expect(encounterAdvice(profile.database, visit.encounterId)?.code).toBe('doctor-will-read');
    }
  });

  test('printed again stays the same; after a newer outcome it is void and gets its next version', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, { result: 'no-refer' });
    const first = await make(profile, [visit]);
    markGiven(LOCAL_ACTOR, profile, [first.papers[0]?.id ?? ''], 'printed');
    expect((await make(profile, [visit])).papers[0]?.id).toBe(first.papers[0]?.id);

    conclude(profile, visit, { result: 'refer', source: 'doctor' });
    expect(papersOf(LOCAL_ACTOR, profile, visit.encounterId).map((paper) => paper.void)).toEqual(['superseded']);
    expect((await make(profile, [visit])).papers[0]).toMatchObject({ number: 1, version: 2, void: null, advice: 'see-doctor-by' });
  });

  test('of a wrong patient is voided by hand, and printing makes a new version', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, {});
    await make(profile, [visit]);
    expect(voidPapers(LOCAL_ACTOR, profile, visit.encounterId, 'wrong-patient')).toBe(1);
    expect(voidPapers(LOCAL_ACTOR, profile, visit.encounterId, 'wrong-patient')).toBe(0);
    expect((await make(profile, [visit])).papers[0]?.version).toBe(2);
  });

  test('is refused while there is no result, and to an administrator', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    await expect(make(profile, [visit])).rejects.toMatchObject({ code: 'paper-without-result' });
    await expect(make(profile, [visit], 'slip', ADMIN)).rejects.toMatchObject({ code: 'not-permitted' });
  });
});

describe('a letter', () => {
  test('names the hospital and the person only with the patient’s consent to share', async () => {
    const profile = await newProfile();
    const shares = await arrive(profile, { name: 'Meena', phone: '98400 11111' });
    const keeps = await arrive(profile, { name: 'Ravi', phone: '98400 22222' }, { sharing: false });
    for (const visit of [shares, keeps]) {
      takeIn(profile, visit.encounterId);
      conclude(profile, visit, {});
    }
    const { html } = await make(profile, [shares, keeps], 'letter');
    expect(html).toContain('Meena');
    expect(html).toContain('98400 11111');
    expect(html).not.toContain('Ravi');
    expect(html).not.toContain('98400 22222');
    expect(html).toContain('tear off');
  });
});

describe('a letter for somebody who is not referred', () => {
  test('is not written', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, { result: 'no-refer' });
    await expect(make(profile, [visit], 'letter')).rejects.toMatchObject({ code: 'paper-not-referred' });
  });
});

describe('a full report', () => {
  test('says who decided, by which guideline, and that only a doctor grades', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, {});
    const { html } = await make(profile, [visit], 'report');
    expect(html).toContain('AIOS/VRSI India 2020');
    expect(html).toContain('the program alone');
    expect(html).toContain('graded by a doctor only');
    expect(html).toContain('Not a medical device');
  });

  test('of a doctor’s read says of each eye what the doctor found and why, not what the program made of it', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile);
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, { result: 'no-refer' });
    const workspace = workspaceOf(profile) as Workspace;
    const { encounterId } = visit;
    openCase(RAO, workspace, encounterId);
    const eyes = [
      { eye: 'right' as const, answer: { ...HEALTHY_ANSWER, grade: 3 as const } },
      { eye: 'left' as const, answer: HEALTHY_ANSWER },
    ];
    signCase(RAO, workspace, { encounterId, eyes, refer: false, urgent: false, note: '', activeMs: 60_000, correctionReason: null });
    const { html } = await make(profile, [visit], 'report');
    const text = html
      .replace(/<style>.*<\/style>/s, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(text).toContain('Result for the patient (the worse eye) refer : retinopathy that an eye doctor must see');
    expect(text).toMatch(/Right eye Result refer: retinopathy that an eye doctor must see .* 3 \(severe\)/);
    expect(text).toMatch(/Left eye Result no referral Photographs/);
    const letter = await make(profile, [visit], 'letter');
    expect(letter.html).toContain('<dd>retinopathy that an eye doctor must see</dd>');
  });
});

describe('the papers of a camp', () => {
  test('are listed with the most urgent first and made in one go, in the order asked for', async () => {
    const profile = await newProfile();
    const visits = [await arrive(profile, { name: 'A' }), await arrive(profile, { name: 'B' }), await arrive(profile, { name: 'C' })];
    const results = [{ result: 'no-refer' }, { result: 'refer' }, { result: 'refer', urgent: true }] as const;
    for (const [index, visit] of visits.entries()) {
      takeIn(profile, visit.encounterId);
      conclude(profile, visit, results[index] ?? {});
    }
    const { rows } = campPapers(LOCAL_ACTOR, profile, null);
    expect(rows.map((row) => [row.name, row.advice, row.slip])).toEqual([
      ['C', 'see-doctor-now', 'none'],
      ['B', 'see-doctor-by', 'none'],
      ['A', 'doctor-will-read', 'none'],
    ]);
    const made = await make(profile, visits);
    expect(made.papers.map((paper) => paper.number)).toEqual([1, 2, 3]);
    expect(made.html.match(/<section/g)).toHaveLength(3);
    expect(made.fileName).toBe('netra-slip-x3.pdf');
  });
});

describe('a language', () => {
  test('is a draft, and says so on paper, until a doctor has signed its words', async () => {
    const profile = await newProfile();
    const visit = await arrive(profile, { language: 'hi' });
    takeIn(profile, visit.encounterId);
    conclude(profile, visit, {});
    expect(languageStates(profile.database).map(({ language, draft }) => [language, draft])).toEqual([
      ['en', false],
      ['hi', true],
      ['ta', true],
    ]);
    expect((await make(profile, [visit])).html).toContain('मसौदा');
    expect(() => {
      signLanguage(ADMIN, profile, 'hi');
    }).toThrow(expect.objectContaining({ code: 'not-permitted' }));
    signLanguage(DOCTOR, profile, 'hi');
    expect(isDraft(profile.database, 'hi')).toBe(false);
    expect((await make(profile, [visit])).html).not.toContain('मसौदा');
  });
});
