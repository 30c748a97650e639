/** A file's entry: where it is selected, how long it is, what it is called. */
export interface FileEntry {
  readonly key: number;
  readonly name: string;
  readonly size: number;
}

const COUNT_BYTES = 4;
const ENTRY_BYTES = 64;
const KEY_OFFSET = 4;
const NAME_OFFSET = 8;
/** With the NUL at its end. */
const NAME_BYTES = 56;

/** Longest file name. */
export const FILE_NAME_LENGTH_MAX = NAME_BYTES - 1;

/** The file directory item; all numbers big-endian: count, then size, key, reserved and name of each file. */
export function fileDirectory(files: readonly FileEntry[]): Uint8Array {
  const bytes = new Uint8Array(COUNT_BYTES + files.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  files.forEach(({ key, name, size }, index) => {
    const entry = COUNT_BYTES + index * ENTRY_BYTES;
    view.setUint32(entry, size);
    view.setUint16(entry + KEY_OFFSET, key);
    for (let at = 0; at < name.length; at++) bytes[entry + NAME_OFFSET + at] = name.charCodeAt(at);
  });
  return bytes;
}
