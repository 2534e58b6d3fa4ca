import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recipeSchema, type Recipe } from '../../shared/domain/recipe';
import { AppError } from '../../shared/errors';

/** @param nameOrFile a recipe that ships with the program, or a file. @throws AppError recipe-invalid {recipe, problem} */
export async function readRecipe(nameOrFile: string, resourcesFolder: string): Promise<Recipe> {
  const shipped = /^[a-z0-9-]+$/.test(nameOrFile);
  try {
    return recipeSchema.parse(
      JSON.parse(await readFile(shipped ? join(resourcesFolder, 'recipes', `${nameOrFile}.json`) : nameOrFile, 'utf8')),
    );
  } catch (error) {
    throw new AppError(
      'recipe-invalid',
      { recipe: nameOrFile, problem: (error instanceof Error ? error.message : '').replaceAll(/\s+/g, ' ').slice(0, 200) },
      error,
    );
  }
}

/** The same recipe with this many epochs in all: the last stage gives or takes. */
export function withEpochs(recipe: Recipe, epochs: number): Recipe {
  const before = recipe.stages.slice(0, -1).reduce((sum, stage) => sum + stage.epochs, 0);
  const last = recipe.stages.at(-1);
  if (!last) return recipe;
  if (epochs > before) return { ...recipe, stages: [...recipe.stages.slice(0, -1), { ...last, epochs: epochs - before }] };
  return { ...recipe, stages: [{ ...last, epochs }] };
}
