import { z } from 'zod';
import type { BackendName } from '../../shared/domain/codes';
import { newId } from '../ids';
import { flag, fromHex, hex, json } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

/** One photograph the gate looked at. */
export interface PromotionImage {
  /** Hex. */
  imageSha256: string;
  /** Hex, of the identifier in the list. */
  patientSha256: string;
  referable: boolean;
  method: string;
}

export interface NewPromotion {
  siteId: string;
  candidateId: string;
  activeId: string;
  /** Hex. */
  testSetSha256: string;
  verdict: 'passed' | 'not-validated-here' | 'refused';
  /** Codes with parameters. */
  reasons: readonly { code: string; params: Record<string, string | number> }[];
  actorId: string;
  countersignedBy: string | null;
  images: readonly PromotionImage[];
  evaluations: readonly {
    modelId: string;
    preprocessing: string;
    gate: string;
    backend: BackendName;
    device: string;
    figures: unknown;
  }[];
}

export interface Promotion extends Omit<NewPromotion, 'images' | 'evaluations' | 'siteId'> {
  id: string;
  createdAt: number;
}

const promotionRow = z
  .object({
    id: z.string(),
    candidate_id: z.string(),
    active_id: z.string(),
    test_set_sha256: hex,
    verdict: z.enum(['passed', 'not-validated-here', 'refused']),
    reasons: json(z.array(z.object({ code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) }))),
    actor_id: z.string(),
    countersigned_by: z.string().nullable(),
    created_at: z.number(),
  })
  .transform((row): Promotion => ({
    id: row.id,
    candidateId: row.candidate_id,
    activeId: row.active_id,
    testSetSha256: row.test_set_sha256,
    verdict: row.verdict,
    reasons: row.reasons,
    actorId: row.actor_id,
    countersignedBy: row.countersigned_by,
    createdAt: row.created_at,
  }));

const imageRow = z
  .object({ image_sha256: hex, patient_sha256: hex, referable: flag, method: z.string() })
  .transform((row): PromotionImage => ({
    imageSha256: row.image_sha256,
    patientSha256: row.patient_sha256,
    referable: row.referable,
    method: row.method,
  }));

/** Keeps what the gate measured and said, refusals too: each is a use of the test set. @returns its id */
export function addPromotion(db: WritableDatabase, promotion: NewPromotion): string {
  const id = newId();
  const now = Date.now();
  const { siteId } = promotion;
  transaction(db, () => {
    run(
      db,
      sql`INSERT INTO promotion (id, site_id, candidate_id, active_id, test_set_sha256, verdict, reasons, actor_id, countersigned_by, created_at)
          VALUES (${id}, ${siteId}, ${promotion.candidateId}, ${promotion.activeId}, ${fromHex(promotion.testSetSha256)}, ${promotion.verdict},
            ${JSON.stringify(promotion.reasons)}, ${promotion.actorId}, ${promotion.countersignedBy}, ${now})`,
    );
    for (const image of promotion.images) {
      run(
        db,
        sql`INSERT INTO promotion_image (promotion_id, image_sha256, patient_sha256, referable, method)
            VALUES (${id}, ${fromHex(image.imageSha256)}, ${fromHex(image.patientSha256)}, ${image.referable}, ${image.method})`,
      );
    }
    for (const one of promotion.evaluations) {
      run(
        db,
        sql`INSERT INTO evaluation (id, site_id, promotion_id, model_id, preprocessing, gate, backend, device, figures, created_at)
            VALUES (${newId()}, ${siteId}, ${id}, ${one.modelId}, ${one.preprocessing}, ${one.gate}, ${one.backend}, ${one.device},
              ${JSON.stringify(one.figures)}, ${now})`,
      );
    }
  });
  return id;
}

/** Oldest first. */
export function listPromotions(db: ReadableDatabase, candidateId: string): Promotion[] {
  return all(db, sql`SELECT * FROM promotion WHERE candidate_id = ${candidateId} ORDER BY seq`, promotionRow);
}

/** What the latest examination looked at; empty before the first. */
export function lastTestSet(db: ReadableDatabase): PromotionImage[] {
  return all(
    db,
    sql`SELECT image_sha256, patient_sha256, referable, method FROM promotion_image
        WHERE promotion_id = (SELECT id FROM promotion ORDER BY seq DESC LIMIT 1) ORDER BY image_sha256`,
    imageRow,
  );
}

/** A measurement on locked test patients outside the gate. */
export function addTestLook(
  db: WritableDatabase,
  { siteId, actorId, modelId, images }: { siteId: string; actorId: string; modelId: string; images: readonly string[] },
): string {
  const id = newId();
  transaction(db, () => {
    run(
      db,
      sql`INSERT INTO test_look (id, site_id, actor_id, model_id, created_at) VALUES (${id}, ${siteId}, ${actorId}, ${modelId}, ${Date.now()})`,
    );
    for (const sha256 of new Set(images))
      run(db, sql`INSERT INTO test_look_image (look_id, image_sha256) VALUES (${id}, ${fromHex(sha256)})`);
  });
  return id;
}

/** In how many examinations and other looks a photograph was used, whatever its patient was called; a signature is no new look. */
export function countUses(db: ReadableDatabase, imageSha256: string): number {
  const row = get(
    db,
    sql`SELECT (SELECT count(*) FROM promotion_image WHERE image_sha256 = ${fromHex(imageSha256)}
        AND NOT EXISTS (
          SELECT 1 FROM promotion p, json_each(p.reasons) remark
          WHERE p.id = promotion_image.promotion_id AND remark.value ->> 'code' = 'measured-before'))
        + (SELECT count(*) FROM test_look_image WHERE image_sha256 = ${fromHex(imageSha256)}) AS uses`,
    z.object({ uses: z.number() }),
  );
  return row?.uses ?? 0;
}
