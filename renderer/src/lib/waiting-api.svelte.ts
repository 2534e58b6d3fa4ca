import { AppError, toAppError } from '../../../electron/shared/errors';
import type { Api } from '../../../electron/shared/ipc/api';
import type { Channel, Input, Output } from '../../../electron/shared/ipc/contract';
import type { AppStatus } from '../../../electron/shared/ipc/types';

/**
 * What was asked for while the window was locked is asked again when the same person has unlocked it: a button pressed in the last second before the
 * lock loses nothing, and a list under it shows no error. For anybody else the question is dropped.
 */
export function waitingApi(api: Api, status: () => AppStatus | null): Api {
  function unlocked(userId: string): Promise<boolean> {
    return new Promise((settle) => {
      const stop = api.on('statusChanged', ({ session }) => {
        if (session.state === 'locked') return;
        stop();
        settle(session.state === 'signed-in' && session.who.userId === userId);
      });
    });
  }

  return {
    ...api,
    async call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> {
      for (;;) {
        try {
          return await api.call(channel, input);
        } catch (thrown) {
          const session = status()?.session;
          if (toAppError(thrown).code !== 'not-signed-in' || session?.state !== 'locked') throw thrown;
          if (!(await unlocked(session.who.userId))) throw new AppError('cancelled');
        }
      }
    },
  };
}
