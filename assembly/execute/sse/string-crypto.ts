/** Text comparison of SSE4.2; AES, PCLMULQDQ and SHA. */
import { aborted } from "../../faults";
import {
  OP_AESDECLAST_X, OP_AESDEC_X, OP_AESENCLAST_X, OP_AESENC_X, OP_AESIMC_X, OP_AESKEYGENASSIST_X, OP_PCLMULQDQ_X,
  OP_PCMPESTRI_X, OP_PCMPESTRM_X, OP_PCMPISTRI_X, OP_PCMPISTRM_X, OP_SHA1RNDS4_X,
} from "../../generated/opcodes"; // prettier-ignore
import { recordImm } from "../../record";
import { aesKeyAssist, aesRound } from "./aes";
import { carryLessProduct } from "./carry-less";
import { alignedSource, destination, setDestination } from "./operands";
import { sha1Rounds, shaStep } from "./sha";
import { compareStrings } from "./string-compare";

export function executeStringCrypto(op: u32, r: u32): void {
  switch (op) {
    case OP_PCMPESTRI_X:
    case OP_PCMPESTRM_X:
    case OP_PCMPISTRI_X:
    case OP_PCMPISTRM_X:
      return compareStrings(op, r);
    default:
      return crypto(op, r);
  }
}

function crypto(op: u32, r: u32): void {
  const b = alignedSource(r);
  if (aborted()) return;
  const a = destination(r);
  const imm = (<u32>recordImm(r)) & 255;
  let c: v128;
  switch (op) {
    case OP_AESENC_X:
    case OP_AESENCLAST_X:
    case OP_AESDEC_X:
    case OP_AESDECLAST_X:
    case OP_AESIMC_X:
      c = aesRound(op, a, b);
      break;
    case OP_AESKEYGENASSIST_X:
      c = aesKeyAssist(b, imm);
      break;
    case OP_PCLMULQDQ_X:
      c = carryLessProduct(a, b, imm);
      break;
    case OP_SHA1RNDS4_X:
      c = sha1Rounds(a, b, imm);
      break;
    default:
      c = shaStep(op, a, b);
  }
  if (!aborted()) setDestination(r, c);
}
