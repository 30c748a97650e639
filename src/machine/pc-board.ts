/** The board: which chips there are and how they are wired. i440FX and PIIX, as firmware and kernels know it. */
import { PowerManagement } from "../devices/acpi/power-management.js";
import type {
  BlockBackend,
  CharacterSink,
  Clock,
  Device,
  EntropySource,
  GuestMemory,
  InterruptLine,
  IoBus,
  MachineControl,
} from "../devices/contracts.js";
import { DebugConsole } from "../devices/debug-ports/debug-console.js";
import { ExitPort } from "../devices/debug-ports/exit-port.js";
import { PostCodePort } from "../devices/debug-ports/post-code-port.js";
import { FwCfg } from "../devices/fw-cfg/fw-cfg.js";
import { Hpet } from "../devices/hpet/hpet.js";
import { I8042 } from "../devices/i8042/i8042.js";
import { IoApic } from "../devices/ioapic/io-apic.js";
import { ApicBus } from "../devices/lapic/apic-bus.js";
import { LocalApic, type LocalApicProcessor } from "../devices/lapic/local-apic.js";
import { PciConfigPorts } from "../devices/pci/config-ports.js";
import { HostBridge } from "../devices/pci/host-bridge.js";
import { PciInterruptRouter } from "../devices/pci/interrupt-router.js";
import { IsaBridge } from "../devices/pci/isa-bridge.js";
import { PciBus } from "../devices/pci/pci-bus.js";
import type { SetShadow } from "../devices/pci/shadow-segments.js";
import { PicPair } from "../devices/pic/pic-pair.js";
import { Pit } from "../devices/pit/pit.js";
import { Rtc } from "../devices/rtc/rtc.js";
import { Uart } from "../devices/uart/uart.js";
import { VirtioBlock } from "../devices/virtio/block/virtio-block.js";
import { VirtioConsole } from "../devices/virtio/console/virtio-console.js";
import { VirtioPciFunction } from "../devices/virtio/pci/virtio-pci-function.js";
import { VirtioRng } from "../devices/virtio/rng/virtio-rng.js";

export interface PcBoardOptions {
  readonly bus: IoBus;
  readonly memory: GuestMemory;
  readonly clock: Clock;
  readonly control: MachineControl;
  readonly processors: readonly LocalApicProcessor[];
  readonly physicalAddressBits: number;
  readonly crystalHz: number;
  readonly entropy: EntropySource;
  readonly serialSink: CharacterSink;
  readonly consoleSink: CharacterSink;
  readonly debugSink: CharacterSink;
  readonly disks: readonly BlockBackend[];
  readonly hasExitPort: boolean;
  readonly setA20: (enabled: boolean) => void;
  readonly setShadow: SetShadow;
}

const ISA_IRQS = 16;
const SCI_IRQ = 9;
/** IRQ 0 reaches the I/O APIC at pin 2: the interrupt source override of the MADT. */
const ioApicPin = (irq: number): number => (irq === 0 ? 2 : irq);

/** Sends one level to several wires. */
function fanOut(...lines: readonly InterruptLine[]): InterruptLine {
  return {
    set(level) {
      for (const line of lines) line.set(level);
    },
  };
}

/** Everything on the board, wired. `devices` is in the order of reset, save and restore. */
export class PcBoard {
  readonly devices: Device[] = [];
  readonly localApics: LocalApic[];
  readonly uart: Uart;
  readonly pci: PciBus;
  readonly fwCfg: FwCfg;
  readonly powerManagement: PowerManagement;
  readonly virtioConsole: VirtioConsole;

  constructor(options: PcBoardOptions) {
    const { bus, clock, control, memory } = options;
    const apicBus = new ApicBus();
    // INTR of the 8259 pair reaches LINT0 of every processor; only the bootstrap processor's is unmasked as a rule.
    const pic = new PicPair({
      bus,
      output: (asserted) => this.localApics.forEach((apic) => apic.lint0.set(asserted)),
    });
    this.localApics = options.processors.map(
      (processor, id) =>
        new LocalApic({
          id,
          isBootstrap: id === 0,
          processor,
          bus: apicBus,
          clock,
          externalInterrupts: pic,
          crystalHz: options.crystalHz,
          physicalAddressBits: options.physicalAddressBits,
        }),
    );
    const ioApic = new IoApic({ bus, apicBus });
    const isa = Array.from({ length: ISA_IRQS }, (_, irq) =>
      fanOut(pic.line(irq), ioApic.line(ioApicPin(irq))),
    );
    const line = (irq: number): InterruptLine => isa[irq] as InterruptLine;
    const hpet = new Hpet({
      bus,
      clock,
      messages: apicBus,
      ioApicLine: (pin) => ioApic.line(pin),
      irq0: line(0),
      irq8: line(8),
    });
    this.uart = new Uart({ bus, clock, line: line(4), sink: options.serialSink });
    this.fwCfg = new FwCfg({ bus, memory });
    this.#add(
      ...this.localApics,
      pic,
      ioApic,
      hpet,
      new Pit({ bus, clock, irq0: hpet.pitInput }),
      new Rtc({ bus, clock, irq8: hpet.rtcInput }),
      this.uart,
      new I8042({ bus, irq1: line(1), machine: control, setA20: options.setA20 }),
      new PostCodePort(bus),
      new DebugConsole({ bus, sink: options.debugSink }),
      new DebugConsole({ bus, sink: options.debugSink, port: 0x402 }),
      this.fwCfg,
    );
    if (options.hasExitPort) this.#add(new ExitPort({ bus, machine: control }));

    const router = new PciInterruptRouter(isa);
    this.pci = new PciBus(router);
    this.#add(new PciConfigPorts({ bus, pci: this.pci, machine: control }));
    const hostBridge = new HostBridge({ bus, setShadow: options.setShadow });
    const isaBridge = new IsaBridge({ bus, router });
    this.powerManagement = new PowerManagement({ bus, clock, sci: line(SCI_IRQ), machine: control });
    this.pci.attach({ device: 0, function: 0 }, hostBridge);
    this.pci.attach({ device: 1, function: 0 }, isaBridge);
    this.pci.attach({ device: 1, function: 3 }, this.powerManagement);
    this.#add(hostBridge, isaBridge, this.powerManagement);

    this.virtioConsole = new VirtioConsole({ name: "virtio-console", memory, sink: options.consoleSink });
    const virtio = [
      ...options.disks.map(
        (backend, index) =>
          new VirtioBlock({ name: `disk${index}`, memory, backend, serialNumber: `innervisor-${index}` }),
      ),
      this.virtioConsole,
      new VirtioRng({ name: "virtio-rng", memory, entropy: options.entropy }),
    ];
    for (const device of virtio) {
      const pciFunction = new VirtioPciFunction({ bus, messages: apicBus, device });
      this.pci.attach({ device: this.pci.freeDevice(), function: 0 }, pciFunction);
      this.#add(pciFunction);
    }
  }

  reset(): void {
    for (const device of this.devices) device.reset();
  }

  /** The RTC's CMOS memory is the only device state that firmware reads sizes from; see `cmos`. */
  get cmos(): Rtc {
    return this.devices.find((device) => device instanceof Rtc) as Rtc;
  }

  #add(...devices: Device[]): void {
    this.devices.push(...devices);
  }
}
