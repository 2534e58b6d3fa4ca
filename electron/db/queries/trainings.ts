import { z } from 'zod';
import type { EpochFacts, TrainingRequest } from '../../shared/domain/training';
import { newId } from '../ids';
import { json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export const TRAINING_EVENTS = ['started', 'set', 'device', 'note', 'paused', 'resumed', 'cancelled', 'failed', 'finished'] as const;
export type TrainingEventKind = (typeof TRAINING_EVENTS)[number];

export interface TrainingRun {
  id: string;
  actorId: string;
  request: TrainingRequest;
  recipe: unknown;
  epochs: number;
  createdAt: number;
}

export interface TrainingEvent {
  kind: TrainingEventKind;
  details: Record<string, unknown>;
  actorId: string;
  createdAt: number;
}

const runRow = z
  .object({
    id: z.string(),
    actor_id: z.string(),
    request: json(z.custom<TrainingRequest>((value) => typeof value === 'object' && value !== null)),
    recipe: json(z.unknown()),
    epochs: z.number(),
    created_at: z.number(),
  })
  .transform(({ actor_id, created_at, ...row }): TrainingRun => ({ ...row, actorId: actor_id, createdAt: created_at }));

const eventRow = z
  .object({
    kind: z.enum(TRAINING_EVENTS),
    details: json(z.record(z.string(), z.unknown())),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform(({ actor_id, created_at, ...row }): TrainingEvent => ({ ...row, actorId: actor_id, createdAt: created_at }));

const columns = sql`id, actor_id, request, recipe, epochs, created_at`;

/** @returns its id */
export function addTrainingRun(
  db: WritableDatabase,
  { siteId, actorId, request, recipe, epochs }: Omit<TrainingRun, 'id' | 'createdAt'> & { siteId: string },
): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO training_run (id, site_id, actor_id, request, recipe, epochs, created_at)
        VALUES (${id}, ${siteId}, ${actorId}, ${JSON.stringify(request)}, ${JSON.stringify(recipe)}, ${epochs}, ${Date.now()})`,
  );
  return id;
}

/** An epoch that is trained again after a power cut took its checkpoint is the same epoch: the first row stays. */
export function addTrainingEpoch(db: WritableDatabase, runId: string, facts: EpochFacts): void {
  run(
    db,
    sql`INSERT INTO training_epoch (run_id, epoch, facts, created_at) VALUES (${runId}, ${facts.epoch}, ${JSON.stringify(facts)}, ${Date.now()})
        ON CONFLICT (run_id, epoch) DO NOTHING`,
  );
}

export function addTrainingEvent(
  db: WritableDatabase,
  { runId, kind, details = {}, actorId }: { runId: string; kind: TrainingEventKind; details?: object; actorId: string },
): void {
  run(
    db,
    sql`INSERT INTO training_event (id, run_id, kind, details, actor_id, created_at)
        VALUES (${newId()}, ${runId}, ${kind}, ${JSON.stringify(details)}, ${actorId}, ${Date.now()})`,
  );
}

export function getTrainingRun(db: ReadableDatabase, id: string): TrainingRun | undefined {
  return get(db, sql`SELECT ${columns} FROM training_run WHERE id = ${id}`, runRow);
}

/** Newest first. */
export function listTrainingRuns(db: ReadableDatabase): TrainingRun[] {
  return all(db, sql`SELECT ${columns} FROM training_run ORDER BY seq DESC`, runRow);
}

export function listTrainingEpochs(db: ReadableDatabase, runId: string): EpochFacts[] {
  const facts = json(z.custom<EpochFacts>((value) => typeof value === 'object' && value !== null));
  return all(db, sql`SELECT facts FROM training_epoch WHERE run_id = ${runId} ORDER BY epoch`, z.object({ facts })).map((row) => row.facts);
}

/** Oldest first. */
export function listTrainingEvents(db: ReadableDatabase, runId: string): TrainingEvent[] {
  return all(db, sql`SELECT kind, details, actor_id, created_at FROM training_event WHERE run_id = ${runId} ORDER BY seq`, eventRow);
}
