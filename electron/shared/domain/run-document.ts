import { z } from 'zod';

import { ERROR_CODES } from '../errors';
import { BACKENDS, EYES, IMAGE_RESULTS, PATIENT_RESULTS, QUALITY_REASONS, SITE_MODES } from './codes';
import { EYE_REASONS, PATIENT_REASONS } from './screening';

/** The JSON file of a run (`--json`): what other programs may rely on. A change that breaks a reader raises the number. */
export const RUN_DOCUMENT_FORMAT = 'netra-run-1';

const error = z.object({ code: z.enum(ERROR_CODES), params: z.record(z.string(), z.union([z.string(), z.number()])) });
const probability = z.number().min(0).max(1);

const runImageSchema = z.object({
  imageId: z.string().nullable(),
  file: z.string(),
  patient: z.string().nullable(),
  eye: z.enum(EYES).nullable(),
  gradable: z.boolean().nullable(),
  quality: probability.nullable(),
  reasons: z.array(z.enum(QUALITY_REASONS)),
  p: z.tuple([probability, probability, probability, probability]).nullable(),
  result: z.enum(IMAGE_RESULTS),
  modelId: z.string().nullable(),
  backend: z.enum(BACKENDS).nullable(),
  ms: z.number().nullable(),
  error: error.nullable(),
  notes: z.array(z.enum(['patient-unknown', 'eye-unknown', 'duplicate-content', 'duplicate-content-contradicts'])),
});

const runEyeSchema = z.object({
  patient: z.string(),
  eye: z.enum(EYES),
  result: z.enum(PATIENT_RESULTS),
  reasons: z.array(z.enum(EYE_REASONS)),
  p2: probability.nullable(),
  imageIds: z.array(z.string()),
});

const runPatientSchema = z.object({
  patient: z.string(),
  patientId: z.string().nullable(),
  identified: z.boolean(),
  result: z.enum(PATIENT_RESULTS),
  urgent: z.boolean(),
  reasons: z.array(z.enum(PATIENT_REASONS)),
  unplacedImageIds: z.array(z.string()),
});

export const runDocumentSchema = z.object({
  format: z.literal(RUN_DOCUMENT_FORMAT),
  /** Said in every copy: what an image's own result is not. */
  imageResultIsNotAPatientsDecision: z.literal(true),
  run: z.object({
    runId: z.string(),
    startedAt: z.number(),
    finishedAt: z.number().nullable(),
    counts: z.object({ found: z.number(), done: z.number(), reused: z.number(), failed: z.number(), otherFiles: z.number() }),
    backend: z.enum(BACKENDS),
    modelId: z.string(),
    modelName: z.string(),
    preprocessing: z.string(),
    gate: z.string(),
    siteMode: z.enum(SITE_MODES),
    validatedHere: z.boolean(),
    protected: z.boolean(),
    folderProblems: z.array(z.object({ folder: z.string(), error })),
  }),
  images: z.array(runImageSchema),
  eyes: z.array(runEyeSchema),
  patients: z.array(runPatientSchema),
});

export type RunDocument = z.infer<typeof runDocumentSchema>;
