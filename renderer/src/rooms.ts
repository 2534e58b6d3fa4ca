import type { Component } from 'svelte';
import type { Role } from '../../electron/shared/domain/codes';
import { m } from '../../electron/shared/messages/messages';
import PapersRoom from './features/documents/PapersRoom.svelte';
import ModelsRoom from './features/models/ModelsRoom.svelte';
import TrainingRoom from './features/training/TrainingRoom.svelte';
import UpkeepRoom from './features/upkeep/UpkeepRoom.svelte';
import CaptureRoom from './features/capture/CaptureRoom.svelte';
import PatientsRoom from './features/patients/PatientsRoom.svelte';
import TodayRoom from './features/patients/TodayRoom.svelte';
import AgreementRoom from './features/agreement/AgreementRoom.svelte';
import DatasetsRoom from './features/data-sets/DatasetsRoom.svelte';
import ReadingRoom from './features/reading/ReadingRoom.svelte';
import CampaignsRoom from './features/campaigns/CampaignsRoom.svelte';
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
export const ROOMS: readonly Room[] = [
  { name: 'today', title: () => m.room_today(), icon: 'list', roles: ['technician', 'doctor', 'admin'], component: TodayRoom },
  { name: 'patients', title: () => m.room_patients(), icon: 'doctor', roles: ['technician', 'doctor', 'admin'], component: PatientsRoom },
  { name: 'capture', title: () => m.room_capture(), icon: 'camera', roles: ['technician', 'doctor'], component: CaptureRoom },
  { name: 'reading', title: () => m.room_reading(), icon: 'doctor', roles: ['doctor'], component: ReadingRoom },
  { name: 'campaigns', title: () => m.room_campaigns(), icon: 'list', roles: ['doctor', 'admin'], component: CampaignsRoom },
  { name: 'training', title: () => m.room_training(), icon: 'curve', roles: ['admin'], component: TrainingRoom },
  { name: 'models', title: () => m.room_models(), icon: 'model', roles: ['admin'], component: ModelsRoom },
  { name: 'papers', title: () => m.room_papers(), icon: 'list', roles: ['technician', 'doctor'], component: PapersRoom },
  { name: 'upkeep', title: () => m.room_upkeep(), icon: 'settings', roles: ['technician', 'doctor', 'admin'], component: UpkeepRoom },
  { name: 'agreement', title: () => m.room_agreement(), icon: 'curve', roles: ['doctor', 'admin'], component: AgreementRoom },
  { name: 'data-sets', title: () => m.room_data_sets(), icon: 'locked', roles: ['doctor', 'admin'], component: DatasetsRoom },
];
