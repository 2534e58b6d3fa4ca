import type { ImageRow, PatientRow } from '../../shared/domain/screening';
import type { RunResults } from '../screening/results';

/** A page stays a few megabytes with its pictures, and opens on an old laptop at once. */
const IMAGES_PER_PAGE = 300;

export interface ReportPatient {
  row: PatientRow;
  images: readonly ImageRow[];
}

export interface ReportPage {
  /** From 1. */
  number: number;
  patients: ReportPatient[];
}

/** The patients, sickest first, divided into pages; a patient is never divided. */
export function reportPages(results: Pick<RunResults, 'patients' | 'imagesOf'>, imagesPerPage: number = IMAGES_PER_PAGE): ReportPage[] {
  const pages: ReportPage[] = [{ number: 1, patients: [] }];
  let images = 0;
  for (const row of results.patients) {
    const own = results.imagesOf.get(row) ?? [];
    let page = pages.at(-1);
    if (page === undefined || (images > 0 && images + own.length > imagesPerPage)) {
      page = { number: pages.length + 1, patients: [] };
      pages.push(page);
      images = 0;
    }
    page.patients.push({ row, images: own });
    images += own.length;
  }
  return pages;
}

/** The first page is the one to open. */
export function pageFile(number: number): string {
  return number === 1 ? 'report.html' : `report-${number}.html`;
}
