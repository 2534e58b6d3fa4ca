import type { ViewerCommand } from './commands';
import type { Pane } from './pane.svelte';
import type { ViewerTools } from './tools.svelte';

const PAN_STEP_PX = 60;

/** Does what a key says about the photograph in front of the reader. @returns false for a command about something else */
export function obeyInPane(command: ViewerCommand, pane: Pane, tools: ViewerTools): boolean {
  switch (command) {
    case 'zoom-in':
      pane.zoomIn();
      return true;
    case 'zoom-out':
      pane.zoomOut();
      return true;
    case 'fit':
      pane.fit();
      return true;
    case 'one-to-one':
      pane.oneToOne();
      return true;
    case 'pan-left':
      pane.panBy({ x: PAN_STEP_PX, y: 0 });
      return true;
    case 'pan-right':
      pane.panBy({ x: -PAN_STEP_PX, y: 0 });
      return true;
    case 'pan-up':
      pane.panBy({ x: 0, y: PAN_STEP_PX });
      return true;
    case 'pan-down':
      pane.panBy({ x: 0, y: -PAN_STEP_PX });
      return true;
    case 'red-free':
      tools.toggleRedFree();
      return true;
    case 'heat-map':
      tools.toggleHeat();
      return true;
    case 'darker':
      tools.stepBrightness(-1);
      return true;
    case 'brighter':
      tools.stepBrightness(1);
      return true;
    case 'less-contrast':
      tools.stepContrast(-1);
      return true;
    case 'more-contrast':
      tools.stepContrast(1);
      return true;
    case 'reset-colours':
      tools.resetColours();
      return true;
    default:
      return false;
  }
}
