import { ImageError } from "./image-error.js";
import { debianKvm } from "./recipes/debian-kvm.js";
import { debianMinimal } from "./recipes/debian-minimal.js";
import type { Recipe } from "./recipes/recipe.js";

/** All images that can be built. */
export const recipes: readonly Recipe[] = [debianMinimal, debianKvm];

/** The recipe of that name. Throws `unknown-image`. */
export function findRecipe(name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe !== undefined) return recipe;
  const known = recipes.map((candidate) => candidate.name).join(", ");
  throw new ImageError("unknown-image", `there is no image named "${name}"`, `the images are: ${known}`);
}
