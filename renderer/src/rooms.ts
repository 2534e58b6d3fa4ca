import type { Component } from 'svelte';
import type { Role } from '../../electron/shared/domain/codes';
import type { IconName } from './lib/ui/icons';

/** A part of the program with a place of its own in the header, shown to those whose work it is. Address: `#/room/<name>/<part>/...`. */
interface Room {
  name: string;
  title: () => string;
  icon: IconName;
  roles: readonly Role[];
  component: Component<{ parts: string[] }>;
}

/** In the order of the header. */
export const ROOMS: readonly Room[] = [];
