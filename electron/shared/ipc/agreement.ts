import { z } from 'zod';
import type { AgreementReport } from '../statistics/agreement-report';

const id = z.string().min(1).max(64);

export const agreementInputs = {
  campaignAgreement: z.strictObject({ campaignId: id }),
  /** Asks where to; null when the dialog is closed. */
  exportAgreement: z.strictObject({ campaignId: id, what: z.enum(['figures', 'readings']) }),
} as const satisfies Record<keyof AgreementOutputs, z.ZodType>;

/** What the window gets of how readers agree. */
export interface AgreementOutputs {
  campaignAgreement: {
    campaignId: string;
    number: number;
    title: string;
    /** By number in the report. */
    readers: { id: string; name: string }[];
    report: AgreementReport;
  };
  exportAgreement: { saved: boolean };
}
