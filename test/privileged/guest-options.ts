const multiprocessor = /^smp-(\d+)/;

/** How many processors a guest is for: "smp-4…" says 4. */
export function cpuCountOf(guest: string): number {
  return Number(multiprocessor.exec(guest)?.[1] ?? 1);
}
