import { contextBridge, ipcRenderer, type IpcRendererEvent, webUtils } from 'electron';
import type { Transport } from '../shared/ipc/api';
import { EVENT_CHANNEL, INVOKE_CHANNEL } from '../shared/ipc/wire';

/** Transport and nothing else: no method of the contract is named here, so none can be forgotten. */
const transport: Transport = {
  invoke: (channel, input) => ipcRenderer.invoke(INVOKE_CHANNEL, channel, input),
  subscribe(event, listener) {
    function receive(_event: IpcRendererEvent, name: unknown, payload: unknown): void {
      if (name === event) listener(payload);
    }
    ipcRenderer.on(EVENT_CHANNEL, receive);
    return () => {
      ipcRenderer.off(EVENT_CHANNEL, receive);
    };
  },
  pathOf: (file) => webUtils.getPathForFile(file as File),
};

contextBridge.exposeInMainWorld('netra', transport);
