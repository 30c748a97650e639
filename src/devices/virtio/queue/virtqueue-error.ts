/**
 * The driver broke a rule of the virtqueue. The device stops and asks to be reset; nothing of it reaches the
 * host.
 */
export class VirtqueueError extends Error {
  override readonly name = "VirtqueueError";
}
