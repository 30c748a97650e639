/** Rules of the FPU that the comparison with the real processor (test/native) cannot see. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { RealModeMachine } from "./real-mode-machine.js";

const NM = 7;
const UD = 6;
const MF = 16;
const PE = 0x30n; // ET and NE, real-address mode
const EM = 4n;
const TS = 8n;
const MP = 2n;
const NE = 0x20n;

const FNINIT = [0xdb, 0xe3];
const FLD1 = [0xd9, 0xe8];
const FLDZ = [0xd9, 0xee];
const FLDPI = [0xd9, 0xeb];
const FSIN = [0xd9, 0xfe];
const FWAIT = [0x9b];
/** FDIV ST0, ST1. */
const FDIV = [0xd8, 0xf1];
/** FLDCW [1000H], FNSTENV [1100H], FSTP tbyte [1200H], FDIV dword [1300H]. */
const FLDCW = [0xd9, 0x2e, 0x00, 0x10];
const FNSTENV = [0xd9, 0x36, 0x00, 0x11];
const FSTP80 = [0xdb, 0x3e, 0x00, 0x12];
const FDIV_MEMORY = [0xd8, 0x36, 0x00, 0x13];
const OPERAND_SIZE = 0x66;

describe("x87", () => {
  let machine: RealModeMachine;
  beforeEach(() => {
    machine = new RealModeMachine();
    machine.memory.setUint16(0x1000, 0x0340, true); // all exceptions unmasked
  });

  it("is not available with CR0.TS or CR0.EM", () => {
    assert.equal(machine.run(FLD1, PE | TS), NM);
    assert.equal(machine.run(FLD1, PE | EM), NM);
    assert.equal(machine.run(FNINIT, PE | TS), NM);
  });

  it("waits in spite of CR0.TS unless CR0.MP is set too", () => {
    assert.equal(machine.run(FWAIT, PE | TS), undefined);
    assert.equal(machine.run(FWAIT, PE | TS | MP), NM);
  });

  it("reports an unmasked exception before the next waiting instruction", () => {
    assert.equal(machine.run([...FNINIT, ...FLDCW, ...FLDZ, ...FLD1, ...FDIV]), undefined);
    assert.equal(machine.run(FLD1), MF);
    assert.equal(machine.run(FWAIT), MF);
    assert.equal(machine.run(FNSTENV), undefined);
  });

  it("reports nothing through interrupt 16 with CR0.NE clear", () => {
    machine.run([...FNINIT, ...FLDCW, ...FLDZ, ...FLD1, ...FDIV], PE & ~NE);
    assert.equal(machine.run(FLD1, PE & ~NE), undefined);
  });

  it("reduces angles by a π of 66 bits", () => {
    machine.run([...FNINIT, ...FLDPI, ...FSIN, ...FSTP80]);
    assert.equal(machine.memory.getUint16(0x1208, true), 0xbfbf);
    assert.equal(machine.memory.getBigUint64(0x1200, true), 1n << 63n);
  });

  describe("environment in real-address mode", () => {
    const faulting = [...FNINIT, ...FLDCW, ...FLD1, ...FDIV_MEMORY];
    const instruction = 0x7c00 + faulting.length - FDIV_MEMORY.length;

    it("has 14 bytes with a 16-bit operand size", () => {
      machine.run([...faulting, ...FNSTENV]);
      const words = Array.from({ length: 7 }, (_, i) => machine.memory.getUint16(0x1100 + i * 2, true));
      const opcode = 0x036;
      assert.deepEqual(words, [0x0340, 0xb884, 0x3fff, instruction, opcode, 0x1300, 0]);
      assert.equal(machine.memory.getUint16(0x110e, true), 0);
    });

    it("has 28 bytes with a 32-bit operand size", () => {
      machine.run([...faulting, OPERAND_SIZE, ...FNSTENV]);
      const words = Array.from({ length: 7 }, (_, i) => machine.memory.getUint32(0x1100 + i * 4, true));
      assert.deepEqual(words, [
        0xffff_0340,
        0xffff_b884,
        0xffff_3fff,
        0xffff_0000 + instruction,
        0x036,
        0xffff_1300,
        0,
      ]);
    });

    it("masks all exceptions once it is stored", () => {
      machine.run([...faulting, ...FNSTENV]);
      assert.equal(machine.run(FWAIT), undefined);
      assert.equal(machine.processor.readState32(0, "FCW"), 0x037f);
    });
  });
});

describe("MMX", () => {
  const PXOR = [0x0f, 0xef, 0xc0];
  const EMMS = [0x0f, 0x77];

  it("is undefined with CR0.EM and not available with CR0.TS", () => {
    const machine = new RealModeMachine();
    assert.equal(machine.run(PXOR, PE | EM), UD);
    assert.equal(machine.run(PXOR, PE | TS), NM);
  });

  it("takes all registers of the FPU into use, and EMMS empties them", () => {
    const machine = new RealModeMachine();
    machine.run([...FNINIT, ...FLD1, ...PXOR]);
    assert.equal(machine.processor.readState32(0, "FTW"), 0);
    assert.equal(machine.processor.readState32(0, "FSW") & 0x3800, 0);
    machine.run(EMMS);
    assert.equal(machine.processor.readState32(0, "FTW"), 0xffff);
  });
});
