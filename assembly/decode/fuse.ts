/**
 * Pairs of a compare and the conditional jump behind it, by far the commonest pair of instructions: both records stay,
 * and the compare's number becomes that of the pair, which does the work of both.
 */
import {
  FUSED_FIRST, OP_CMP_E_G_32R, OP_CMP_E_G_64R, OP_CMP_E_I_32M, OP_CMP_E_I_32R, OP_CMP_E_I_64M, OP_CMP_E_I_64R, OP_CMP_E_I_8M,
  OP_CMP_E_I_8R, OP_CMP_G_E_64M, OP_JCC_O, OP_TEST_E_G_32R, OP_TEST_E_G_64R, OP_TEST_E_G_8R, OP_TEST_E_I_8M, OP_TEST_E_I_8R,
} from "../generated/opcodes"; // prettier-ignore

/** For each form, in the order of FUSED_COMPARES (tools/generate/opcodes.ts), the conditions that the hot switch has. */
const CONDITIONS: usize = memory.data<u16>([
  0xf0fc, 0xf0fc, 0xfc, 0xf0fc, 0xf4, 0x30, 0xf0, 0x30, 0x3c, 0x30, 0xc330, 0x4330, 0x30, 0x30,
]);
const NOT_FUSED: u32 = 0xff;

function formOf(op: i32): u32 {
  switch (op) {
    case OP_CMP_E_G_32R:
      return 0;
    case OP_CMP_E_G_64R:
      return 1;
    case OP_CMP_E_I_8R:
      return 2;
    case OP_CMP_E_I_32R:
      return 3;
    case OP_CMP_E_I_64R:
      return 4;
    case OP_CMP_E_I_8M:
      return 5;
    case OP_CMP_E_I_32M:
      return 6;
    case OP_CMP_E_I_64M:
      return 7;
    case OP_CMP_G_E_64M:
      return 8;
    case OP_TEST_E_G_8R:
      return 9;
    case OP_TEST_E_G_32R:
      return 10;
    case OP_TEST_E_G_64R:
      return 11;
    case OP_TEST_E_I_8R:
      return 12;
    case OP_TEST_E_I_8M:
      return 13;
    default:
      return NOT_FUSED;
  }
}

/** Fuses the records `compare` and `jump`, if they are such a pair. */
export function fuse(compare: u32, jump: u32): void {
  const condition = <u32>load<u16>(jump) - <u32>OP_JCC_O;
  if (condition > 15) return;
  const form = formOf(load<u16>(compare));
  if (form == NOT_FUSED || (((<u32>load<u16>(CONDITIONS + form * 2)) >> condition) & 1) == 0) return;
  store<u16>(compare, <u16>(<u32>FUSED_FIRST + form * 16 + condition));
}
