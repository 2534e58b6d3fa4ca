import { Menu, type MenuItemConstructorOptions } from 'electron';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/ipc/types';

export interface MenuOptions {
  locale: Locale;
  safeMode: boolean;
  openFolder: () => void;
  lock: () => void;
  showLogs: () => void;
  restartWithSafeMode: (safeMode: boolean) => void;
}

/** The application's menu, in the language of the window. No developer tools: they come with the development build only. */
export function setMenu(options: MenuOptions, development: boolean): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(options, development)));
}

export function menuTemplate(options: MenuOptions, development: boolean): MenuItemConstructorOptions[] {
  const { locale } = options;
  return [
    {
      label: m.menu_file({}, { locale }),
      submenu: [
        { id: 'open-folder', label: m.menu_open_folder({}, { locale }), accelerator: 'CmdOrCtrl+O', click: options.openFolder },
        { type: 'separator' },
        { id: 'lock', label: m.menu_lock({}, { locale }), accelerator: 'CmdOrCtrl+L', click: options.lock },
        { role: 'quit', label: m.menu_quit({}, { locale }) },
      ],
    },
    {
      // Without it, copying and pasting do not work on macOS.
      label: m.menu_edit({}, { locale }),
      submenu: [
        { role: 'cut', label: m.menu_cut({}, { locale }) },
        { role: 'copy', label: m.menu_copy({}, { locale }) },
        { role: 'paste', label: m.menu_paste({}, { locale }) },
        { role: 'selectAll', label: m.menu_select_all({}, { locale }) },
      ],
    },
    {
      label: m.menu_view({}, { locale }),
      submenu: [
        { role: 'zoomIn', label: m.menu_larger({}, { locale }) },
        { role: 'zoomOut', label: m.menu_smaller({}, { locale }) },
        { role: 'resetZoom', label: m.menu_actual_size({}, { locale }) },
        { role: 'togglefullscreen', label: m.menu_full_screen({}, { locale }) },
        { type: 'separator' },
        { role: 'reload', label: m.menu_reload({}, { locale }) },
        ...(development ? ([{ role: 'toggleDevTools' }] as const) : []),
      ],
    },
    {
      label: m.menu_help({}, { locale }),
      submenu: [
        { id: 'show-logs', label: m.menu_show_logs({}, { locale }), click: options.showLogs },
        {
          id: 'safe-mode',
          label: options.safeMode ? m.menu_use_graphics_card({}, { locale }) : m.menu_without_graphics_card({}, { locale }),
          click: () => {
            options.restartWithSafeMode(!options.safeMode);
          },
        },
      ],
    },
  ];
}
