import { basename } from 'node:path';
import { campPapers, paperState } from '../../services/documents/camp';
import { languageStates, signLanguage } from '../../services/documents/languages';
import { makePapers, markGiven, voidPapers } from '../../services/documents/papers';
import { saveFile } from '../../services/report/atomic-file';
import { listProblems, problemsCsv, reportProblem } from '../../services/problems/problems';
import type { Handlers, Input } from '../../shared/ipc/contract';
import type { PapersOutputs } from '../../shared/ipc/papers';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { printPage, renderPdf } from '../window/paper-printer';
import type { SaveDialog } from './accounts';

/** More papers than this and it takes longer than a moment: a task with progress. */
const AT_ONCE = 3;

/** Slips, letters, reports, the languages they are in, and problems that people report. */
export function paperHandlers(desktop: Desktop, dialogs: SaveDialog, resourcesFolder: string): Handlers<AskedBy, keyof PapersOutputs> {
  async function profile() {
    return (await desktop.desk()).workspace.profile;
  }

  /** Renders, asks where to, and keeps that it was handed over. @returns false when the person closed the dialog */
  async function handOver(
    wanted: Input<'makePapers'>,
    askedBy: AskedBy,
    making: { signal?: AbortSignal; done?: (count: number) => void },
  ): Promise<boolean> {
    const actor = desktop.actor();
    const { workspace } = await desktop.desk();
    const { papers, html, fileName } = await makePapers(actor, workspace, wanted, { ...making, resourcesFolder });
    const slipIds = papers.map((paper) => paper.id);
    if (wanted.way === 'print') {
      if (!(await printPage(html))) return false;
      markGiven(actor, workspace.profile, slipIds, 'printed');
      return true;
    }
    const pdf = await renderPdf(html);
    const path = await dialogs.chooseFileToSave(askedBy, fileName);
    if (path === null) return false;
    await saveFile(path, pdf);
    markGiven(actor, workspace.profile, slipIds, 'saved');
    return true;
  }

  return {
    paperState: async ({ encounterId }) => paperState(desktop.actor(), await profile(), encounterId),
    makePapers: async (wanted, askedBy) => {
      if (wanted.encounterIds.length <= AT_ONCE) return { made: await handOver(wanted, askedBy, {}), taskId: null };
      desktop.actor();
      const total = wanted.encounterIds.length;
      const task = desktop.tasks.start({
        kind: 'papers',
        subject: String(total),
        work: async (context) => {
          await handOver(wanted, askedBy, {
            signal: context.signal,
            done: (done) => {
              context.steps({ done, total, secondsLeft: null });
            },
          });
        },
      });
      return { made: true, taskId: task.id };
    },
    voidPapers: async ({ encounterId, reason }) => ({ voided: voidPapers(desktop.actor(), await profile(), encounterId, reason) }),
    campPapers: async ({ day }) => campPapers(desktop.actor(), await profile(), day),

    listLanguages: async () => {
      desktop.actor();
      return languageStates((await profile()).database);
    },
    signLanguage: async ({ language }) => {
      const open = await profile();
      signLanguage(desktop.actor(), open, language);
      return languageStates(open.database);
    },

    reportProblem: async (problem) => {
      const { model, engine, version } = desktop.status();
      const facts: Record<string, string> = { version };
      if (model !== null) facts['model'] = model.id;
      if (engine.state === 'ready') facts['backend'] = `${engine.backend} ${engine.device}`;
      return { id: reportProblem(desktop.actor(), await profile(), { ...problem, facts }) };
    },
    listProblems: async () => listProblems(desktop.actor(), await profile()),
    exportProblems: async (_input, askedBy) => {
      const { csv, count } = problemsCsv(desktop.actor(), await profile());
      const path = await dialogs.chooseFileToSave(askedBy, 'netra-problems.csv');
      if (path === null) return null;
      await saveFile(path, csv);
      return { file: basename(path), count };
    },
  };
}
