import { type Aml, device, eisaId, integer, name, scope, string } from "./aml/terms.js";
import { isaInterrupt, memory32Fixed, ports, resourceTemplate } from "./aml/resources.js";
import {
  type AcpiOptions,
  HPET_ADDRESS,
  PM_BASE,
  PM_PORT_COUNT,
  type SerialPortResource,
} from "./options.js";

const DEFAULT_SERIAL_PORTS = [{ port: 0x3f8, irq: 4 }];

/** Devices behind the ISA bridge, which `hostBridge` declares. */
export function isaDevices(options: AcpiOptions): Aml {
  const serialPorts = options.serialPorts ?? DEFAULT_SERIAL_PORTS;
  return [
    ...scope(
      "\\_SB.PCI0.ISA",
      realTimeClock(),
      motherboard(),
      ...(options.hasKeyboard === false ? [] : [keyboard()]),
      ...serialPorts.map(serialPort),
    ),
    ...(options.hasHpet === false ? [] : scope("\\_SB", hpet())),
    ...(options.hasFwCfg === false ? [] : scope("\\_SB", fwCfg())),
  ];
}

function plugAndPlay(segment: string, id: string, resources: Aml[], ...more: Aml[]): Aml {
  return device(
    segment,
    name("_HID", id.startsWith("PNP") ? eisaId(id) : string(id)),
    ...more,
    name("_STA", integer(0x0f)),
    name("_CRS", resourceTemplate(...resources)),
  );
}

function realTimeClock(): Aml {
  return plugAndPlay("RTC", "PNP0B00", [ports(0x70, 2), isaInterrupt(8)]);
}

function keyboard(): Aml {
  return plugAndPlay("KBD", "PNP0303", [ports(0x60, 1), ports(0x64, 1), isaInterrupt(1)]);
}

/** Ports no other device claims, so that no driver is given them. */
function motherboard(): Aml {
  return plugAndPlay("MBRD", "PNP0C02", [ports(0xb2, 2), ports(PM_BASE, PM_PORT_COUNT)]);
}

function serialPort(resource: SerialPortResource, index: number): Aml {
  const resources = [ports(resource.port, 8), isaInterrupt(resource.irq)];
  return plugAndPlay(`COM${index + 1}`, "PNP0501", resources, name("_UID", integer(index + 1)));
}

function hpet(): Aml {
  return plugAndPlay("HPET", "PNP0103", [memory32Fixed(HPET_ADDRESS, 0x400)], name("_UID", integer(0)));
}

function fwCfg(): Aml {
  return plugAndPlay("FWCF", "QEMU0002", [ports(0x510, 12)]);
}
