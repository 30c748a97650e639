/** Addresses of memory operands. SDM 1, "Operand Addressing". */
import { GPR } from "./generated/layout";
import { RECORD_WRITES } from "./record";
import { isLong64, segmentBase } from "./registers";
import { segmentAddress } from "./segments";

/** Effective address of the memory operand (LEA), cut to the address size. */
export function operandOffset(r: u32): u64 {
  const address: u64 =
    load<u64>(<u32>load<u8>(r, 8), GPR) +
    (load<u64>(<u32>load<u8>(r, 9), GPR) << load<u8>(r, 10)) +
    <i64>load<i32>(r, 12);
  const size = load<u8>(r, 27);
  return size == 8 ? address : size == 4 ? address & 0xffffffff : address & 0xffff;
}

/** Linear address with segment base and checks; POISON after a violation was announced. */
export function operandAddressSlow(r: u32): u64 {
  return segmentedAddress(r, operandOffset(r));
}

/** Linear address of `offset` in the operand's segment, checked for the operand's size and access. */
export function segmentedAddress(r: u32, offset: u64): u64 {
  const segment: u32 = load<u8>(r, 11);
  if (isLong64()) return segment < 4 ? offset : offset + segmentBase(segment);
  const size: u32 = load<u8>(r, 26);
  return segmentAddress(segment, offset, size == 0 ? 1 : size, (load<u8>(r, 24) & RECORD_WRITES) != 0);
}

/** Linear address of the memory operand. */
// @ts-ignore: decorator
@inline export function operandAddress(r: u32): u64 {
  if (load<u8>(r, 30)) return operandAddressSlow(r);
  return (
    load<u64>(<u32>load<u8>(r, 8), GPR) +
    (load<u64>(<u32>load<u8>(r, 9), GPR) << load<u8>(r, 10)) +
    <i64>load<i32>(r, 12)
  );
}
