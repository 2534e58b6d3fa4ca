/** `npm run screen -- PATH...`: the main job; without a path the painted demo camp. */
import { runNetra } from './netra.mjs';

await runNetra(['screen', ...process.argv.slice(2)]);
