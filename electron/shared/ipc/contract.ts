import type { z } from 'zod';
import { accountInputs, type AccountOutputs } from './accounts';
import { agreementInputs, type AgreementOutputs } from './agreement';
import { packageInputs, type PackageOutputs } from './packages';
import { driftInputs, type DriftOutputs } from './drift';
import { datasetInputs, type DatasetOutputs } from './data-sets';
import { backupInputs, type BackupOutputs } from './backup';
import { captureInputs, type CaptureOutputs } from './capture';
import { modelInputs, type ModelOutputs } from './models';
import { patientInputs, type PatientOutputs } from './patients';
import { campaignInputs, type CampaignOutputs } from './campaigns';
import { papersInputs, type PapersOutputs } from './papers';
import { clinicalInputs, type ClinicalOutputs } from './clinical';
import { readingInputs, type ReadingOutputs } from './reading';
import { screeningInputs, type ScreeningOutputs } from './screening';
import { trainingInputs, type TrainingOutputs } from './training';
import type { AppStatus, Task } from './types';

/**
 * The one source of what the window can ask for: channel -> input schema and output type, a file a subject, put together here.
 * Main parses every input before its handler; the window and the preload only see the inferred types.
 */
export const inputs = {
  ...accountInputs,
  ...screeningInputs,
  ...modelInputs,
  ...trainingInputs,
  ...captureInputs,
  ...patientInputs,
  ...papersInputs,
  ...backupInputs,
  ...readingInputs,
  ...clinicalInputs,
  ...campaignInputs,
  ...agreementInputs,
  ...datasetInputs,
  ...packageInputs,
  ...driftInputs,
} as const satisfies Record<keyof Outputs, z.ZodType>;

/** A channel with an input and no output, or the other way round, does not compile. */
export type Outputs = AccountOutputs &
  AgreementOutputs &
  DatasetOutputs &
  PackageOutputs &
  DriftOutputs &
  ScreeningOutputs &
  ModelOutputs &
  TrainingOutputs &
  CaptureOutputs &
  PatientOutputs &
  PapersOutputs &
  BackupOutputs &
  ReadingOutputs &
  ClinicalOutputs &
  CampaignOutputs;

export type Channel = keyof typeof inputs;
export type Input<C extends Channel> = z.output<(typeof inputs)[C]>;
export type Output<C extends Channel> = Outputs[C];

/** A channel without its handler, or with a wrong one, does not compile. */
export type Handlers<Context, Channels extends Channel = Channel> = {
  [C in Channels]: (input: Input<C>, context: Context) => Output<C> | Promise<Output<C>>;
};

/** Pushed by main. */
export interface Events {
  /** The whole status, whenever a part of it changed. */
  statusChanged: AppStatus;
  taskCreated: Task;
  taskUpdated: Task;
  taskRemoved: { taskId: string };
  /** Results of this run have grown: ask again for what is on screen. At most a few a second. */
  runChanged: { runId: string };
  /** The training under way has got on; `stored`: its list and curve too. */
  trainingChanged: { runId: string; stored: boolean };
  /** Something has come from a camera, or who stands at it has changed: ask again for what is on screen. At most ten a second. */
  captureChanged: { encounterIds: string[] };
  /** From the menu or the system. */
  command: { name: 'open-folder' | 'show-runs' };
}
export type EventName = keyof Events;
