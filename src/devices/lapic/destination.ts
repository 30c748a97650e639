/** Whether a message's destination names a local APIC. Source: SDM 3A, "Determining IPI Destination". */
import type { ApicMessage } from "./apic-message.js";
import type { ApicMode } from "./apic-base.js";

/** What decides which destinations a local APIC answers to. */
export interface ApicAddress {
  mode: ApicMode;
  id: number;
  /** LDR: bits 31:24 in xAPIC mode, all 32 in x2APIC mode. */
  logicalDestination: number;
  /** DFR; bits 31:28 are FH for the flat model, 0H for the cluster model. */
  destinationFormat: number;
}

export function isDestination(message: ApicMessage, apic: ApicAddress): boolean {
  if (apic.mode === "disabled") return false;
  const { destination } = message;
  if (destination === (message.isX2Apic ? 0xffffffff : 0xff)) return true;
  if (!message.isLogical) return destination === apic.id;
  return apic.mode === "x2apic" ? isInX2ApicCluster(destination, apic) : isInXApicModel(destination, apic);
}

/** Cluster in bits 31:16, a bit per processor in bits 15:0. */
function isInX2ApicCluster(destination: number, apic: ApicAddress): boolean {
  const isSameCluster = destination >>> 16 === apic.logicalDestination >>> 16;
  return isSameCluster && (destination & apic.logicalDestination & 0xffff) !== 0;
}

function isInXApicModel(destination: number, apic: ApicAddress): boolean {
  if (destination > 0xff) return false;
  const logicalId = apic.logicalDestination >>> 24;
  if (apic.destinationFormat >>> 28 === 0xf) return (destination & logicalId) !== 0;
  return destination >> 4 === logicalId >> 4 && (destination & logicalId & 0xf) !== 0;
}

/** The LDR of x2APIC mode: SDM 3A, "Deriving Logical x2APIC ID from the Local x2APIC ID". */
export function x2ApicLogicalId(id: number): number {
  return (((id >>> 4) << 16) | (1 << (id & 0xf))) >>> 0;
}
