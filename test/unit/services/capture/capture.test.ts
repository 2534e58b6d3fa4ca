import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { verifyAuditChain } from '../../../../electron/db/audit';
import { listAssignments } from '../../../../electron/db/queries/assignments';
import { Capture } from '../../../../electron/services/capture/capture';
import { dismissFile, placePhotographs, swapEyes, trayList } from '../../../../electron/services/encounter/corrections';
import { encounterView } from '../../../../electron/services/encounter/encounter-view';
import type { Workspace } from '../../../../electron/services/workspace';
import { type Eye, LOCAL_ACTOR } from '../../../../electron/shared/domain/codes';
import { formatShortId } from '../../../../electron/shared/domain/short-id';
import { writeCamp, openTestWorkspace } from '../../../helpers/camp';
import { buildProgram } from '../../../helpers/child';
import { newEncounter } from '../../../helpers/encounter';
import { rejectionOf } from '../../../helpers/errors';
import { type FakeEngine, fakeEngine, fakePhotograph, starterThresholds } from '../../../helpers/fake-engine';
import { temporaryFolder } from '../../../helpers/temporary';

const worker = await buildProgram('electron/services/worker.ts');
const HIGH = Math.min(1, starterThresholds().refer + 0.1);
const PAGE = { offset: 0, limit: 200 };

interface Room {
  workspace: Workspace;
  capture: Capture;
  camera: string;
  engine: FakeEngine;
}

async function open(): Promise<Room> {
  const engine = fakeEngine();
  const workspace = await openTestWorkspace(temporaryFolder(), worker, engine);
  const capture = new Capture(workspace);
  onTestFinished(() => capture.close());
  return { workspace, capture, camera: temporaryFolder(), engine };
}

async function take({ capture, camera }: Room, names: string[], encounterId: string | null, eye: Eye | null = null): Promise<void> {
  await capture.take(LOCAL_ACTOR, {
    paths: names.map((name) => join(camera, name)),
    way: 'files',
    chosenFor: encounterId === null ? null : { encounterId, eye, field: null },
  });
  await capture.settle();
}

describe('photographs chosen for a patient', () => {
  test('are the patient’s, with the eye that was said, and give the result of both eyes', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    writeCamp(room.camera, { 'IMG_1.jpg': { p2: HIGH }, 'IMG_2.jpg': {} });
    await take(room, ['IMG_1.jpg'], encounterId, 'right');
    await take(room, ['IMG_2.jpg'], encounterId, 'left');
    const view = encounterView(LOCAL_ACTOR, room.workspace, encounterId);
    expect(view.eyes.map(({ eye, result, step }) => [eye, result, step])).toEqual([
      ['right', 'refer', 'done'],
      ['left', 'no-refer', 'done'],
    ]);
    expect(view.result).toMatchObject({ source: 'ai', result: 'refer', aiResult: 'refer', advice: { code: 'see-doctor-by' } });
    expect(view.earlier.map(({ result }) => result)).toEqual(['refer']);
    expect(view.eyes[0]?.photos[0]?.heatMap).not.toBeNull();
    expect(view.eyes[1]?.photos[0]?.heatMap).toBeNull();
    expect(verifyAuditChain(room.workspace.profile.database).ok).toBe(true);
  });

  test('are not cleared on half an examination, and a doctor reads what the model would clear', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    writeCamp(room.camera, { 'a.jpg': {}, 'b.jpg': {} });
    await take(room, ['a.jpg'], encounterId, 'right');
    expect(encounterView(LOCAL_ACTOR, room.workspace, encounterId).result).toMatchObject({ result: 'incomplete', aiResult: null });
    await take(room, ['b.jpg'], encounterId, 'left');
    expect(encounterView(LOCAL_ACTOR, room.workspace, encounterId).result).toMatchObject({
      result: 'no-refer',
      advice: { code: 'doctor-will-read' },
    });
  });

  test('more than twelve at once are refused, and nothing of them is taken', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    writeCamp(room.camera, Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`${index}.jpg`, {}])));
    const refused = take(room, [''], encounterId);
    expect(await rejectionOf(refused)).toMatchObject({ code: 'capture-too-many', params: { files: 13 } });
    expect(trayList(LOCAL_ACTOR, room.workspace, PAGE).total).toBe(0);
  });

  test('a copy of a photograph that lies with another patient takes it from nobody and waits for a person', async () => {
    const room = await open();
    const first = newEncounter(room.workspace);
    const second = newEncounter(room.workspace);
    writeCamp(room.camera, { 'a.jpg': { id: 'same' }, 'b.jpg': { id: 'same' } });
    await take(room, ['a.jpg'], first.encounterId, 'right');
    await take(room, ['b.jpg'], second.encounterId, 'right');
    expect(encounterView(LOCAL_ACTOR, room.workspace, first.encounterId).eyes[0]?.photos).toHaveLength(1);
    const { files } = trayList(LOCAL_ACTOR, room.workspace, PAGE);
    expect(files.map(({ name, because }) => [name, because])).toEqual([['b.jpg', 'with-another-patient']]);
    dismissFile(LOCAL_ACTOR, room.workspace, { fileId: files[0]?.fileId ?? '', reason: 'double' });
    expect(trayList(LOCAL_ACTOR, room.workspace, PAGE).total).toBe(0);
  });

  test('a file that cannot be read leaves the examination incomplete until it is set aside', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    writeCamp(room.camera, { 'a.jpg': {}, 'b.jpg': {}, 'bad.jpg': { error: 'image-undecodable' } });
    for (const [name, eye] of [
      ['a.jpg', 'right'],
      ['b.jpg', 'left'],
      ['bad.jpg', 'left'],
    ] as const)
      await take(room, [name], encounterId, eye);
    const view = encounterView(LOCAL_ACTOR, room.workspace, encounterId);
    expect(view.result).toMatchObject({ result: 'incomplete', reasons: ['file-failed', 'below-threshold'] });
    dismissFile(LOCAL_ACTOR, room.workspace, { fileId: view.failed[0]?.fileId ?? '', reason: 'taken-again' });
    expect(encounterView(LOCAL_ACTOR, room.workspace, encounterId).result).toMatchObject({ result: 'no-refer' });
  });

  test('a patient who refused the model is not scored, and a doctor reads', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace, { aiRefused: true });
    writeCamp(room.camera, { 'a.jpg': { p2: HIGH }, 'b.jpg': {} });
    await take(room, ['a.jpg'], encounterId, 'right');
    await take(room, ['b.jpg'], encounterId, 'left');
    const view = encounterView(LOCAL_ACTOR, room.workspace, encounterId);
    expect(view.eyes.flatMap(({ photos }) => photos.map(({ p }) => p))).toEqual([null, null]);
    expect(view.result).toMatchObject({ aiResult: null, advice: { code: 'doctor-will-read' } });
  });
});

describe('files of a memory card', () => {
  test('go to the patient whose short id they name; the others wait in the tray', async () => {
    const room = await open();
    const here = newEncounter(room.workspace);
    const id = formatShortId(here.shortId);
    writeCamp(room.camera, {
      [`card/${id}_OD.jpg`]: {},
      [`card/${here.shortId}_left.jpg`]: {},
      'card/IMG_7.jpg': {},
      'card/ZZZZ-ZZZZ_OD.jpg': {},
    });
    await take(room, ['card'], null);
    const view = encounterView(LOCAL_ACTOR, room.workspace, here.encounterId);
    expect(view.eyes.map(({ photos }) => photos.length)).toEqual([1, 1]);
    const { total, files } = trayList(LOCAL_ACTOR, room.workspace, PAGE);
    expect(total).toBe(2);
    expect(files.map(({ name, because }) => [name, because])).toContainEqual(['IMG_7.jpg', 'no-patient-named']);
  });
});

describe('the folder of a camera', () => {
  const TIMEOUT = { timeout: 20_000, interval: 100 };

  async function watching(room: Room): Promise<void> {
    room.capture.setHotFolder(LOCAL_ACTOR, { folder: room.camera, polling: false });
    await vi.waitFor(() => expect(room.capture.status(LOCAL_ACTOR).hotFolder.state).toBe('watching'), TIMEOUT);
  }

  function photosOf(room: Room, encounterId: string): number {
    return encounterView(LOCAL_ACTOR, room.workspace, encounterId).eyes.flatMap(({ photos }) => photos).length;
  }

  test('gives to the patient at the camera what it gets, not what lay there before, and nothing twice', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    writeCamp(room.camera, { 'old.jpg': {} });
    await watching(room);
    await vi.waitFor(() => expect(room.capture.status(LOCAL_ACTOR).waiting).toBe(1), TIMEOUT);
    room.capture.setAtCamera(LOCAL_ACTOR, { encounterId, eye: 'left', field: null });
    await new Promise((wait) => setTimeout(wait, 600));
    writeCamp(room.camera, { 'new.jpg': {}, 'new2.jpg': {} });
    await vi.waitFor(() => expect(photosOf(room, encounterId)).toBe(2), TIMEOUT);
    renameSync(join(room.camera, 'new.jpg'), join(room.camera, 'renamed.jpg'));
    await new Promise((wait) => setTimeout(wait, 1500));
    expect(photosOf(room, encounterId)).toBe(2);
    expect(encounterView(LOCAL_ACTOR, room.workspace, encounterId).failed).toEqual([]);
    expect(trayList(LOCAL_ACTOR, room.workspace, PAGE).files.map(({ name }) => name)).toEqual(['old.jpg']);
  });

  test('a file that is written in pieces is read when it is whole, and is no failed file', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    await watching(room);
    room.capture.setAtCamera(LOCAL_ACTOR, { encounterId, eye: 'right', field: null });
    await new Promise((wait) => setTimeout(wait, 600));
    const path = join(room.camera, 'slow.jpg');
    const whole = fakePhotograph({ id: 'slow' });
    writeFileSync(path, '');
    for (const piece of [whole.slice(0, 3), whole.slice(3, 6), whole.slice(6)]) {
      await new Promise((wait) => setTimeout(wait, 200));
      appendFileSync(path, piece);
    }
    await vi.waitFor(() => expect(photosOf(room, encounterId)).toBe(1), TIMEOUT);
    expect(encounterView(LOCAL_ACTOR, room.workspace, encounterId).failed).toEqual([]);
  });

  test('that disappears is said to be missing, and is read again when it is back', async () => {
    const room = await open();
    await watching(room);
    const away = `${room.camera}-away`;
    renameSync(room.camera, away);
    await vi.waitFor(() => expect(room.capture.status(LOCAL_ACTOR).hotFolder.state).toBe('missing'), TIMEOUT);
    writeFileSync(join(away, 'meanwhile.jpg'), fakePhotograph({ id: 'meanwhile' }));
    rmSync(room.camera, { recursive: true, force: true });
    renameSync(away, room.camera);
    await vi.waitFor(
      () => expect(trayList(LOCAL_ACTOR, room.workspace, PAGE).files.map(({ name }) => name)).toEqual(['meanwhile.jpg']),
      TIMEOUT,
    );
    mkdirSync(join(room.camera, 'later'));
    writeFileSync(join(room.camera, 'later/next.jpg'), fakePhotograph({ id: 'next' }));
    await vi.waitFor(() => expect(trayList(LOCAL_ACTOR, room.workspace, PAGE).total).toBe(2), TIMEOUT);
  });
});

describe('putting right', () => {
  test('a photograph of the wrong patient moves with both results, and nothing is overwritten', async () => {
    const room = await open();
    const wrong = newEncounter(room.workspace);
    const right = newEncounter(room.workspace);
    writeCamp(room.camera, { 'a.jpg': { p2: HIGH } });
    await take(room, ['a.jpg'], wrong.encounterId, 'right');
    const imageId = encounterView(LOCAL_ACTOR, room.workspace, wrong.encounterId).eyes[0]?.photos[0]?.imageId ?? '';
    const changed = placePhotographs(LOCAL_ACTOR, room.workspace, {
      imageIds: [imageId],
      encounterId: right.encounterId,
      eye: 'left',
      field: null,
    });
    expect(new Set(changed)).toEqual(new Set([wrong.encounterId, right.encounterId]));
    expect(encounterView(LOCAL_ACTOR, room.workspace, wrong.encounterId).result).toMatchObject({ result: 'incomplete' });
    expect(encounterView(LOCAL_ACTOR, room.workspace, wrong.encounterId).earlier).toHaveLength(1);
    expect(encounterView(LOCAL_ACTOR, room.workspace, right.encounterId).result).toMatchObject({ result: 'refer' });
    expect(listAssignments(room.workspace.profile.database, imageId)).toHaveLength(2);
  });

  test('swapped eyes change sides with their results', async () => {
    const room = await open();
    const { encounterId } = newEncounter(room.workspace);
    writeCamp(room.camera, { 'a.jpg': { p2: HIGH }, 'b.jpg': {} });
    await take(room, ['a.jpg'], encounterId, 'right');
    await take(room, ['b.jpg'], encounterId, 'left');
    swapEyes(LOCAL_ACTOR, room.workspace, encounterId);
    const view = encounterView(LOCAL_ACTOR, room.workspace, encounterId);
    expect(view.eyes.map(({ eye, result }) => [eye, result])).toEqual([
      ['right', 'no-refer'],
      ['left', 'refer'],
    ]);
  });
});
