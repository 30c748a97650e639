import { RESET_CONTROL_HARD_RESET, RESET_CONTROL_PORT } from "../pci/reset-control.js";
import { ByteWriter } from "./byte-writer.js";
import * as platform from "./options.js";
import { type AcpiTable, systemTable } from "./system-table.js";

const FADT_REVISION = 6;

/** Fixed feature flags (ACPI 6.4, table "FADT Fixed Feature Flags"). */
const WBINVD = 1 << 0;
const PROC_C1 = 1 << 2;
const NO_FIXED_SLEEP_BUTTON = 1 << 5;
const NO_FIXED_RTC_WAKE = 1 << 6;
const TMR_VAL_EXT = 1 << 8;
const RESET_REG_SUP = 1 << 10;

/** Boot architecture flags of the PC. */
const LEGACY_DEVICES = 1 << 0;
const HAS_8042 = 1 << 1;
const VGA_NOT_PRESENT = 1 << 2;

/** Latencies that mean "no such state" (above 100 and 1000 µs). */
const NO_C2_LATENCY_US = 0xfff;
const NO_C3_LATENCY_US = 0xffff;

const PREFERRED_PROFILE_UNSPECIFIED = 0;
const PM1_EVENT_BYTES = 4;
const PM1_CONTROL_BYTES = 2;
const PM_TIMER_BYTES = 4;

/** Fixed ACPI description table; points to FACS and DSDT (ACPI 6.4, "Fixed ACPI Description Table (FADT)"). */
export function fadt(options: platform.AcpiOptions): AcpiTable {
  const body = new ByteWriter();
  writePointersAndCommands(body);
  writePowerManagementBlocks(body);
  writeCapabilities(body, options);
  writeResetAndExtendedBlocks(body);
  return systemTable("FACP", FADT_REVISION, body.toBytes(), [
    { offset: 36, size: 4, target: "FACS" },
    { offset: 40, size: 4, target: "DSDT" },
    { offset: 140, size: 8, target: "DSDT" },
  ]);
}

function writePointersAndCommands(body: ByteWriter): void {
  body.u32(0).u32(0); // FIRMWARE_CTRL, DSDT: pointers
  body.u8(0, PREFERRED_PROFILE_UNSPECIFIED).u16(platform.SCI_IRQ);
  body.u32(platform.SMI_COMMAND_PORT).u8(platform.ACPI_ENABLE_COMMAND, platform.ACPI_DISABLE_COMMAND);
  body.u8(0, 0); // no S4BIOS, no processor performance control
}

function writePowerManagementBlocks(body: ByteWriter): void {
  body.u32(platform.PM_BASE + platform.PM1_EVENT_OFFSET).u32(0);
  body.u32(platform.PM_BASE + platform.PM1_CONTROL_OFFSET).u32(0);
  body.u32(0).u32(platform.PM_BASE + platform.PM_TIMER_OFFSET); // no PM2 control
  body.u32(0).u32(0); // no general-purpose events
  body.u8(PM1_EVENT_BYTES, PM1_CONTROL_BYTES, 0, PM_TIMER_BYTES, 0, 0, 0, 0);
  body.u16(NO_C2_LATENCY_US).u16(NO_C3_LATENCY_US);
}

function writeCapabilities(body: ByteWriter, options: platform.AcpiOptions): void {
  body.u16(0).u16(0).u8(0, 0); // no cache flush by reading, no duty cycles
  body.u8(0, 0, options.rtcCenturyIndex ?? 0x32); // no RTC alarms from sleep
  const keyboard = options.hasKeyboard === false ? 0 : HAS_8042;
  body.u16(LEGACY_DEVICES | keyboard | VGA_NOT_PRESENT).u8(0);
  body.u32(WBINVD | PROC_C1 | NO_FIXED_SLEEP_BUTTON | NO_FIXED_RTC_WAKE | TMR_VAL_EXT | RESET_REG_SUP);
}

function writeResetAndExtendedBlocks(body: ByteWriter): void {
  writePortRegister(body, RESET_CONTROL_PORT, 1, BYTE_ACCESS);
  body.u8(RESET_CONTROL_HARD_RESET).u16(0).u8(0); // no Arm boot flags, minor version 0
  // X_FIRMWARE_CTRL stays 0: only one of the two FACS pointers may be set.
  body.u64(0).u64(0);
  writePortRegister(body, platform.PM_BASE + platform.PM1_EVENT_OFFSET, PM1_EVENT_BYTES, WORD_ACCESS);
  writeNoRegister(body);
  writePortRegister(body, platform.PM_BASE + platform.PM1_CONTROL_OFFSET, PM1_CONTROL_BYTES, WORD_ACCESS);
  writeNoRegister(body);
  writeNoRegister(body);
  writePortRegister(body, platform.PM_BASE + platform.PM_TIMER_OFFSET, PM_TIMER_BYTES, DWORD_ACCESS);
  for (let count = 0; count < 4; count++) writeNoRegister(body); // GPE0, GPE1, sleep control and status
  body.text("INNERVSR", 8); // hypervisor vendor identity
}

/** Access sizes of a generic address structure. */
const BYTE_ACCESS = 1;
const WORD_ACCESS = 2;
const DWORD_ACCESS = 3;

/** A generic address structure in port space. */
function writePortRegister(body: ByteWriter, port: number, byteCount: number, accessSize: number): void {
  const portSpace = 1;
  body.u8(portSpace, 8 * byteCount, 0, accessSize).u64(port);
}

function writeNoRegister(body: ByteWriter): void {
  body.zeros(12);
}
