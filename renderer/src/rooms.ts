import type { Component } from 'svelte';
import type { Role } from '../../electron/shared/domain/codes';
import { m } from '../../electron/shared/messages/messages';
import PapersRoom from './features/documents/PapersRoom.svelte';
import ModelsRoom from './features/models/ModelsRoom.svelte';
import TrainingRoom from './features/training/TrainingRoom.svelte';
import UpkeepRoom from './features/upkeep/UpkeepRoom.svelte';
import CaptureRoom from './features/capture/CaptureRoom.svelte';
import FollowUpRoom from './features/patients/FollowUpRoom.svelte';
import PatientsRoom from './features/patients/PatientsRoom.svelte';
import TodayRoom from './features/patients/TodayRoom.svelte';
import AgreementRoom from './features/agreement/AgreementRoom.svelte';
import DatasetsRoom from './features/data-sets/DatasetsRoom.svelte';
import ClinicalRoom from './features/clinical/ClinicalRoom.svelte';
import ReadingRoom from './features/reading/ReadingRoom.svelte';
import CampaignsRoom from './features/campaigns/CampaignsRoom.svelte';
import DriftRoom from './features/drift/DriftRoom.svelte';
import PackagesRoom from './features/packages/PackagesRoom.svelte';
import AccountsRoom from './features/accounts/AccountsRoom.svelte';
import AuditRoom from './features/accounts/AuditRoom.svelte';
import SiteRoom from './features/accounts/SiteRoom.svelte';
import type { IconName } from './lib/ui/icons';

/** The header's first row, in this order; the rooms of one stand in the second. */
export const SECTIONS = ['camp', 'reading', 'models', 'site'] as const;
export type Section = (typeof SECTIONS)[number];

/** Where the work of a role begins: the first of these that there is. */
export const LANDINGS: readonly { role: Role; room: string }[] = [
  { role: 'technician', room: 'today' },
  { role: 'doctor', room: 'reading' },
  { role: 'admin', room: 'accounts' },
];

/** A part of the program with a place of its own in the header, shown to those whose work it is. Address: `#/room/<name>/<part>/...`. */
export interface Room {
  name: string;
  section: Section;
  title: () => string;
  icon: IconName;
  roles: readonly Role[];
  component: Component<{ parts: string[] }>;
}

/** A room without parts of its own. */
function whole(component: Component<Record<string, never>>): Room['component'] {
  return component as unknown as Room['component'];
}

/** In the order of the header. */
export const ROOMS: readonly Room[] = [
  {
    name: 'today',
    section: 'camp',
    title: () => m.room_today(),
    icon: 'list',
    roles: ['technician', 'doctor', 'admin'],
    component: whole(TodayRoom),
  },
  {
    name: 'patients',
    section: 'camp',
    title: () => m.room_patients(),
    icon: 'doctor',
    roles: ['technician', 'doctor', 'admin'],
    component: PatientsRoom,
  },
  {
    name: 'capture',
    section: 'camp',
    title: () => m.room_capture(),
    icon: 'camera',
    roles: ['technician', 'doctor'],
    component: CaptureRoom,
  },
  {
    name: 'follow-up',
    section: 'camp',
    title: () => m.room_follow_up(),
    icon: 'again',
    roles: ['technician', 'doctor', 'admin'],
    component: FollowUpRoom,
  },
  { name: 'clinical', section: 'reading', title: () => m.room_clinical(), icon: 'doctor', roles: ['doctor'], component: ClinicalRoom },
  { name: 'reading', section: 'reading', title: () => m.room_reading(), icon: 'search', roles: ['doctor'], component: ReadingRoom },
  {
    name: 'campaigns',
    section: 'reading',
    title: () => m.room_campaigns(),
    icon: 'list',
    roles: ['doctor', 'admin'],
    component: CampaignsRoom,
  },
  { name: 'training', section: 'models', title: () => m.room_training(), icon: 'curve', roles: ['admin'], component: TrainingRoom },
  { name: 'models', section: 'models', title: () => m.room_models(), icon: 'model', roles: ['admin'], component: ModelsRoom },
  { name: 'papers', section: 'camp', title: () => m.room_papers(), icon: 'list', roles: ['technician', 'doctor'], component: PapersRoom },
  {
    name: 'upkeep',
    section: 'site',
    title: () => m.room_upkeep(),
    icon: 'settings',
    roles: ['technician', 'doctor', 'admin'],
    component: UpkeepRoom,
  },
  {
    name: 'agreement',
    section: 'reading',
    title: () => m.room_agreement(),
    icon: 'curve',
    roles: ['doctor', 'admin'],
    component: AgreementRoom,
  },
  {
    name: 'data-sets',
    section: 'models',
    title: () => m.room_data_sets(),
    icon: 'locked',
    roles: ['doctor', 'admin'],
    component: DatasetsRoom,
  },
  {
    name: 'packages',
    section: 'reading',
    title: () => m.room_packages(),
    icon: 'folder',
    roles: ['doctor', 'admin'],
    component: PackagesRoom,
  },
  { name: 'drift', section: 'models', title: () => m.room_drift(), icon: 'waiting', roles: ['doctor', 'admin'], component: DriftRoom },
  { name: 'accounts', section: 'site', title: () => m.room_accounts(), icon: 'people', roles: ['admin'], component: whole(AccountsRoom) },
  { name: 'site', section: 'site', title: () => m.room_site(), icon: 'info', roles: ['admin'], component: whole(SiteRoom) },
  { name: 'audit', section: 'site', title: () => m.room_audit(), icon: 'list', roles: ['admin'], component: whole(AuditRoom) },
];
