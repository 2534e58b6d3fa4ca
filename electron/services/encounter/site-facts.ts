import { currentActivation } from '../../db/queries/activations';
import { getOwnSite } from '../../db/queries/sites';
import type { ReadableDatabase } from '../../db/sql';
import type { AdviceSite } from '../../shared/clinical/advice';

/**
 * The site's mode, and whether a named doctor has signed a validation on its own patients: the model in use came through the promotion gate, whose
 * countersignature that is. A model that came into use any other way may raise and never clear.
 */
export function adviceSite(db: ReadableDatabase): AdviceSite {
  return { siteMode: getOwnSite(db).mode, validatedHere: currentActivation(db)?.validated ?? false };
}
