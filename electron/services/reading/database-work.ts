import { readBeside } from '../../db/reader';
import type { PlanCampaignInput, PreviewCampaignInput } from '../worker-pool';
import { type CampaignPlan, type CampaignPreview, planCampaign, previewOf } from './plan-campaign';

/** What the threads work out of reading series. */

export function readCampaignPlan({ database, asked }: PlanCampaignInput): CampaignPlan {
  return readBeside(database, (db) => planCampaign(db, asked));
}

export function readCampaignPreview({ database, choice }: PreviewCampaignInput): CampaignPreview {
  return readBeside(database, (db) => previewOf(db, choice));
}
