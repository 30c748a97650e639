/** A file that a multiboot or PVH kernel gets besides itself. */
export interface BootModule {
  bytes: Uint8Array;
  /** The module's string, passed as it is; by custom it begins with a file name. Default: empty. */
  commandLine?: string;
}
