import { listOwnPatterns, previewNames, saveOwnPatterns } from '../../services/capture/name-patterns';
import { captureRates } from '../../services/capture/rates';
import { endStandingOrder, giveStandingOrder, standingOrders } from '../../services/encounter/standing-orders';
import { openEncounters, encounterView } from '../../services/encounter/encounter-view';
import { appealQuality, raiseResult, recordDilation, stateEye } from '../../services/encounter/encounter-acts';
import { dismissFile, placePhotographs, swapEyes, trayList } from '../../services/encounter/corrections';
import type { Actor } from '../../shared/domain/codes';
import type { CaptureOutputs, EncounterView } from '../../shared/ipc/capture';
import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import type { Dialogs } from './screening';

/** The camera, its folder and tray, and the examination of one patient. */
export function captureHandlers(desktop: Desktop, dialogs: Pick<Dialogs, 'photographs'>): Handlers<AskedBy, keyof CaptureOutputs> {
  type Workspace = Awaited<ReturnType<Desktop['desk']>>['workspace'];

  /** Does something to an encounter and shows it as it is then; other windows hear of it. */
  async function changed(
    encounterId: string,
    work: (actor: Actor, workspace: Workspace) => readonly string[] | void,
  ): Promise<EncounterView> {
    const actor = desktop.actor();
    const { workspace, capture } = await desktop.desk();
    for (const each of work(actor, workspace) ?? [encounterId]) capture.tell(each);
    return encounterView(actor, workspace, encounterId);
  }

  return {
    captureStatus: async () => {
      const actor = desktop.actor();
      return (await desktop.desk()).capture.status(actor);
    },
    setAtCamera: async ({ target }) => {
      const actor = desktop.actor();
      return (await desktop.desk()).capture.setAtCamera(actor, target);
    },
    setHotFolder: async (settings) => {
      const actor = desktop.actor();
      return (await desktop.desk()).capture.setHotFolder(actor, settings);
    },
    choosePhotographs: async (_input, askedBy) => {
      const paths = await dialogs.photographs(askedBy);
      return paths === null ? null : { paths };
    },
    captureFiles: async (wanted) => {
      const actor = desktop.actor();
      return { accepted: await (await desktop.desk()).capture.take(actor, wanted) };
    },

    encounterView: async ({ encounterId }) => {
      const actor = desktop.actor();
      return encounterView(actor, (await desktop.desk()).workspace, encounterId);
    },
    openEncounters: async () => {
      const actor = desktop.actor();
      return openEncounters(actor, (await desktop.desk()).workspace);
    },

    stateEye: (said) =>
      changed(said.encounterId, (actor, workspace) => {
        stateEye(actor, workspace, said);
      }),
    raiseResult: (raise) =>
      changed(raise.encounterId, (actor, workspace) => {
        raiseResult(actor, workspace, raise);
      }),
    appealQuality: (appeal) =>
      changed(appeal.encounterId, (actor, workspace) => {
        appealQuality(actor, workspace, appeal);
      }),
    recordDilation: (asked) =>
      changed(asked.encounterId, (actor, workspace) => {
        recordDilation(actor, workspace, asked);
      }),

    standingOrders: async () => {
      const actor = desktop.actor();
      return standingOrders(actor, (await desktop.desk()).workspace);
    },
    giveStandingOrder: async (order) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      giveStandingOrder(actor, workspace, order);
      return standingOrders(actor, workspace);
    },
    endStandingOrder: async ({ orderId }) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      endStandingOrder(actor, workspace, orderId);
      return standingOrders(actor, workspace);
    },

    namePatterns: async () => {
      const actor = desktop.actor();
      return listOwnPatterns(actor, (await desktop.desk()).workspace);
    },
    saveNamePatterns: async ({ patterns }) => {
      const actor = desktop.actor();
      const { workspace, capture } = await desktop.desk();
      saveOwnPatterns(actor, workspace, patterns);
      capture.forgetPatterns();
      return listOwnPatterns(actor, workspace);
    },
    previewNames: ({ patterns, names }) => previewNames(desktop.actor(), patterns, names),

    captureRates: async () => {
      const actor = desktop.actor();
      return captureRates(actor, (await desktop.desk()).workspace);
    },

    trayList: async (page) => {
      const actor = desktop.actor();
      return trayList(actor, (await desktop.desk()).workspace, page);
    },
    placePhotographs: (placement) => changed(placement.encounterId, (actor, workspace) => placePhotographs(actor, workspace, placement)),
    swapEyes: ({ encounterId }) =>
      changed(encounterId, (actor, workspace) => {
        swapEyes(actor, workspace, encounterId);
      }),
    dismissFile: async (dismissal) => {
      const actor = desktop.actor();
      const { workspace, capture } = await desktop.desk();
      dismissFile(actor, workspace, dismissal);
      capture.tell(null);
      return null;
    },
  };
}
