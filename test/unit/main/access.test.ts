import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Desktop } from '../../../electron/main/desktop';
import { createHandlers } from '../../../electron/main/handlers';
import { permit } from '../../../electron/main/ipc/permit';
import type { People } from '../../../electron/main/profile/people';
import { openDesk } from '../../../electron/services/desk/open-desk';
import { type Actor, LOCAL_ACTOR, type Role, ROLES } from '../../../electron/shared/domain/codes';
import { AppError, toAppError } from '../../../electron/shared/errors';
import { ACCESS } from '../../../electron/shared/ipc/access';
import { type Channel, inputs } from '../../../electron/shared/ipc/contract';
import { buildProgram } from '../../helpers/child';
import { errorOf } from '../../helpers/errors';
import { fakeEngine, RESOURCES } from '../../helpers/fake-engine';
import { temporaryFolder } from '../../helpers/temporary';

const CHANNELS = Object.keys(inputs) as Channel[];
/** What is asked of main itself and reaches no service. */
const OF_MAIN: readonly Channel[] = [
  'chooseFolder',
  'chooseFile',
  'choosePhotographs',
  'listTasks',
  'cancelTask',
  'dismissTask',
  'restartEngine',
  'packageResult',
];

function mayAsk(channel: Channel, role: Role): boolean {
  const access: readonly Role[] | string = ACCESS[channel];
  return typeof access === 'string' || access.includes(role);
}

/** Something that a schema takes; a sample, not a meaning: whoever may not ask must be refused before it is looked at. */
function sampleOf(schema: z.core.JSONSchema._JSONSchema): unknown {
  if (typeof schema === 'boolean') return null;
  const first = schema.const ?? schema.enum?.[0];
  if (first !== undefined) return first;
  const [alternative] = schema.anyOf ?? schema.oneOf ?? [];
  if (alternative !== undefined) return sampleOf(alternative);
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name) === true);
      return Object.fromEntries(properties.map(([name, value]) => [name, sampleOf(value)]));
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf((schema.items ?? {}) as z.core.JSONSchema._JSONSchema));
    case 'string':
      return textLike(schema);
    case 'number':
    case 'integer':
      return schema.minimum ?? 1;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

function textLike({ pattern, minLength = 1 }: { pattern?: string; minLength?: number }): string {
  const tries = ['x', '1', 'ab', '2026-01-01', '123456', '0'.repeat(64), 'a'.repeat(36), '00000000-0000-7000-8000-000000000000'];
  return (
    tries.find((text) => text.length >= minLength && (pattern === undefined || new RegExp(pattern).test(text))) ?? 'x'.repeat(minLength)
  );
}

/** The handlers of the real program on a real profile, asked past the door, as whoever is set. */
async function desktopOf(): Promise<{ ask: (channel: Channel, input: unknown) => Promise<void>; be: (actor: Actor) => void }> {
  const worker = await buildProgram('electron/services/worker.ts');
  const profileFolder = temporaryFolder();
  const desk = await openDesk({
    profileFolder,
    resourcesFolder: RESOURCES,
    workerEntry: worker,
    spawnEngine: fakeEngine().spawn,
    spawnTraining: () => {
      throw new Error('nobody trains here');
    },
    firstSettings: { locale: 'en', theme: 'light' },
    vault: null,
  });
  onTestFinished(() => desk.close());
  let current = LOCAL_ACTOR;
  const unwanted = (): never => {
    throw new AppError('internal');
  };
  /** What a task that was started came to. */
  let working: Promise<unknown> = Promise.resolve();
  const context = new Proxy(
    { signal: new AbortController().signal },
    { get: (known, name) => Reflect.get(known, name) ?? (() => undefined) },
  );
  const start = ({ work }: { work: (context: unknown) => Promise<void> }): unknown => {
    working = work(context);
    working.catch(() => undefined);
    return { id: 'task' };
  };
  // As in main: the service's own check is the first thing that is done.
  const administratorOnly = (actor: Actor): Promise<never> =>
    Promise.reject(new AppError(actor.roles.includes('admin') ? 'internal' : 'not-permitted'));
  const desktop = {
    actor: () => current,
    desk: () => Promise.resolve(desk),
    tasks: { list: () => [], running: () => [], start, cancel: unwanted, dismiss: unwanted },
    status: () => ({ validatedHere: false, settings: { locale: 'en', theme: 'light' } }),
    people: { accountsChanged: () => undefined, secondPerson: () => Promise.resolve(current), signedIn: () => current },
    newKey: { protect: administratorOnly, plan: administratorOnly, rekey: administratorOnly },
  } as unknown as Desktop;
  const dialogs = new Proxy({}, { get: () => () => Promise.resolve(join(profileFolder, 'chosen')) }) as Parameters<
    typeof createHandlers
  >[1];
  const handlers = createHandlers(desktop, dialogs, { resourcesFolder: RESOURCES, workerEntry: worker, profileFolder });
  return {
    ask: async (channel, input) => {
      working = Promise.resolve();
      await (handlers[channel] as (input: unknown, context: unknown) => unknown)(input, { window: null });
      await working;
    },
    be: (actor) => {
      current = actor;
    },
  };
}

describe('who may ask what', () => {
  test.each(ROLES)('a %s is let through to their own channels and to no other', (role) => {
    const actor: Actor = { userId: role, roles: [role] };
    const people = { actor: () => actor, signedIn: () => actor } as unknown as People;
    for (const channel of CHANNELS) {
      if (mayAsk(channel, role)) permit(people, channel);
      else
        expect(
          errorOf(() => permit(people, channel)),
          channel,
        ).toMatchObject({ code: 'not-permitted' });
    }
  });

  test('nobody, and a window that is locked, is let through to what signing in needs', () => {
    const nobody = (): never => {
      throw new AppError('not-signed-in');
    };
    const people = { actor: nobody, signedIn: nobody } as unknown as People;
    const open = CHANNELS.filter((channel) => {
      try {
        permit(people, channel);
        return true;
      } catch (thrown) {
        expect(toAppError(thrown).code).toBe('not-signed-in');
        return false;
      }
    });
    expect(open.sort()).toEqual(CHANNELS.filter((channel) => ACCESS[channel] === 'anyone').sort());
    for (const channel of ['listRuns', 'listPatients', 'patientCard', 'listAccounts', 'auditEvents'] as const)
      expect(open).not.toContain(channel);
  });

  test('somebody who has to choose a password first can do that, lock and sign out', () => {
    const people = {
      actor: () => {
        throw new AppError('password-must-change');
      },
      signedIn: () => LOCAL_ACTOR,
    } as unknown as People;
    const more = CHANNELS.filter((channel) => ACCESS[channel] !== 'anyone').filter((channel) => {
      try {
        permit(people, channel);
        return true;
      } catch {
        return false;
      }
    });
    expect(more.sort()).toEqual(['changePassword', 'lock', 'signOut']);
  });

  test('the services refuse every role that the table refuses, whatever stands before them', async () => {
    const { ask, be } = await desktopOf();
    const wrong: string[] = [];
    let asked = 0;
    for (const channel of CHANNELS) {
      if (OF_MAIN.includes(channel)) continue;
      for (const role of ROLES) {
        if (mayAsk(channel, role)) continue;
        be({ userId: role, roles: [role] });
        asked += 1;
        const input = sampleOf(z.toJSONSchema(inputs[channel], { unrepresentable: 'any', io: 'input' }));
        try {
          await ask(channel, input);
          wrong.push(`${channel} answered a ${role}`);
        } catch (thrown) {
          const { code } = toAppError(thrown);
          if (code !== 'not-permitted') wrong.push(`${channel} told a ${role} ${code}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(60);
  });
});
