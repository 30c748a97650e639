import { intelV2 } from "./intel-v2.js";
import type { ProcessorProfile } from "./profile.js";

export type { CacheDescription, ProcessorProfile } from "./profile.js";
export { intelV2 };

/** All profiles, by name. */
export const profiles: ReadonlyMap<string, ProcessorProfile> = new Map(
  [intelV2].map((profile) => [profile.name, profile]),
);
