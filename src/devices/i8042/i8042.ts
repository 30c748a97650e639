/**
 * The 8042 keyboard controller: ports 60H and 64H, IRQ 1, processor reset and A20. There is a keyboard, but
 * no auxiliary (mouse) port: its interface cannot be enabled, which is how drivers find out.
 * Source: IBM PS/2 Technical Reference, "Keyboard and Auxiliary Device Controller".
 */
import { mapBytePorts } from "../byte-ports.js";
import type { Device, DeviceState, InterruptLine, IoBus, MachineControl } from "../contracts.js";
import { matchState } from "../saved-state.js";
import { A20Gate } from "./a20-gate.js";
import * as command from "./commands.js";
import { Keyboard } from "./keyboard.js";

export interface I8042Options {
  bus: IoBus;
  irq1: InterruptLine;
  machine: MachineControl;
  /** Called with each new state of address line 20. */
  setA20: (enabled: boolean) => void;
}

const dataPort = 0x60;
const commandPort = 0x64;

/** Status register. */
const outputBufferFull = 0x01;
const systemFlag = 0x04;
const lastWasCommand = 0x08;
const notInhibited = 0x10;
const fromAuxiliary = 0x20;

/** Command byte (RAM address 0). */
const keyboardInterrupt = 0x01;
const commandByteSystemFlag = 0x04;
const keyboardDisabled = 0x10;
const auxiliaryDisabled = 0x20;
const translate = 0x40;

/** Output port. */
const outputNotReset = 0x01;
const outputA20 = 0x02;
const outputKeyboardFull = 0x10;
/** The other lines are pulled up. */
const outputPulledUp = 0xcc;

const ramSize = 32;
/** More than any sequence of commands can leave unread; beyond it a controller loses bytes. */
const maximumQueued = 64;

type ControllerState = {
  ram: number[];
  isSystemFlagSet: boolean;
  lastWasCommand: boolean;
  /** The command whose data byte comes next; 0: data is for the keyboard. */
  awaiting: number;
  isA20Open: boolean;
  /** Bytes for port 60H, the first being in the output buffer; bit 8: from the auxiliary device. */
  output: number[];
  /** What the keyboard has sent while its interface was disabled or the buffer full. */
  fromKeyboard: number[];
};

export class I8042 implements Device {
  readonly name = "i8042";
  private readonly irq1: InterruptLine;
  private readonly machine: MachineControl;
  private readonly a20: A20Gate;
  private readonly keyboard = new Keyboard();
  private state = resetState();

  constructor(options: I8042Options) {
    this.irq1 = options.irq1;
    this.machine = options.machine;
    this.a20 = new A20Gate(options.bus, options.machine, options.setA20);
    mapBytePorts(options.bus, dataPort, 1, this);
    mapBytePorts(options.bus, commandPort, 1, this);
  }

  readByte(port: number): number {
    return port === dataPort ? this.readData() : this.readStatus();
  }

  writeByte(port: number, value: number): void {
    this.state.lastWasCommand = port === commandPort;
    if (port === commandPort) this.writeCommand(value);
    else this.writeData(value);
    this.moveFromKeyboard();
  }

  reset(): void {
    this.state = resetState();
    this.keyboard.reset();
    this.a20.reset();
    this.irq1.set(false);
  }

  saveState(): DeviceState {
    const controller = { ...this.state, ram: [...this.state.ram] };
    controller.output = [...this.state.output];
    controller.fromKeyboard = [...this.state.fromKeyboard];
    return { controller, keyboard: this.keyboard.save(), a20: this.a20.save() };
  }

  restoreState(state: DeviceState): void {
    const controller = { ...resetState(), output: [0], fromKeyboard: [0] };
    const template = { controller, keyboard: this.keyboard.save(), a20: this.a20.save() };
    const saved = matchState(template, state, this.name);
    this.state = saved.controller;
    this.keyboard.restore(saved.keyboard, "i8042.keyboard");
    this.a20.restore(saved.a20);
  }

  private get commandByte(): number {
    return this.state.ram[0]!;
  }

  private readStatus(): number {
    const first = this.state.output[0];
    let status = notInhibited;
    if (first !== undefined) status |= outputBufferFull | (first & 0x100 ? fromAuxiliary : 0);
    if (this.state.isSystemFlagSet) status |= systemFlag;
    if (this.state.lastWasCommand) status |= lastWasCommand;
    return status;
  }

  private readData(): number {
    const value = this.state.output.shift() ?? 0;
    // Each byte is an edge of its own.
    this.irq1.set(false);
    this.moveFromKeyboard();
    return value & 0xff;
  }

  private writeData(value: number): void {
    const { awaiting } = this.state;
    this.state.awaiting = 0;
    if (awaiting !== 0) return this.writeParameter(awaiting, value);
    // Data for the keyboard enables its interface.
    this.writeCommandByte(this.commandByte & ~keyboardDisabled);
    for (const byte of this.keyboard.answer(value)) this.queueFromKeyboard(byte);
  }

  private writeCommand(value: number): void {
    this.state.awaiting = 0;
    if (value >= command.readRam && value < command.readRam + ramSize)
      return this.answer(this.state.ram[value & 0x1f]!);
    if (value >= command.pulseOutputs) return this.pulseOutputs(value);
    if (command.takesParameter(value)) {
      this.state.awaiting = value;
      return;
    }
    this.runCommand(value);
  }

  private runCommand(value: number): void {
    switch (value) {
      case command.selfTest:
        this.state.isSystemFlagSet = true;
        this.writeCommandByte(this.commandByte | commandByteSystemFlag | keyboardDisabled);
        return this.answer(command.selfTestPassed);
      case command.testKeyboard:
        return this.answer(0x00);
      case command.testAuxiliary:
        return this.answer(command.auxiliaryClockStuckLow);
      case command.disableKeyboard:
        return this.writeCommandByte(this.commandByte | keyboardDisabled);
      case command.enableKeyboard:
        return this.writeCommandByte(this.commandByte & ~keyboardDisabled);
      case command.readInputPort:
        return this.answer(command.inputPortValue);
      case command.readOutputPort:
        return this.answer(this.outputPort());
      case command.readTestInputs:
        return this.answer(0x00);
    }
  }

  private writeParameter(awaiting: number, value: number): void {
    if (awaiting >= command.writeRam && awaiting < command.writeRam + ramSize)
      return this.writeRam(awaiting & 0x1f, value);
    switch (awaiting) {
      case command.writeOutputPort:
        return this.writeOutputPort(value);
      case command.writeKeyboardBuffer:
        return this.answer(value);
      case command.writeAuxiliaryBuffer:
        return this.answer(value | 0x100);
    }
    // command.writeAuxiliary: nobody is there to take it.
  }

  private writeRam(address: number, value: number): void {
    if (address === 0) this.writeCommandByte(value);
    else this.state.ram[address] = value;
  }

  private writeCommandByte(value: number): void {
    this.state.ram[0] = value | auxiliaryDisabled;
    this.state.isSystemFlagSet = (value & commandByteSystemFlag) !== 0;
    this.updateInterrupt();
  }

  private outputPort(): number {
    const a20 = this.state.isA20Open ? outputA20 : 0;
    const full = this.state.output.length > 0 ? outputKeyboardFull : 0;
    return outputPulledUp | outputNotReset | a20 | full;
  }

  private writeOutputPort(value: number): void {
    this.state.isA20Open = (value & outputA20) !== 0;
    this.a20.setFromController(this.state.isA20Open);
    if ((value & outputNotReset) === 0) this.machine.reset();
  }

  /** F0H-FFH: output lines whose bit is 0 go low for some 6 µs; line 0 is the processor's reset. */
  private pulseOutputs(value: number): void {
    if ((value & outputNotReset) === 0) this.machine.reset();
  }

  /** A byte from the controller itself: it goes before what the keyboard has to say. */
  private answer(value: number): void {
    if (this.state.output.length < maximumQueued) this.state.output.push(value);
    this.updateInterrupt();
  }

  private queueFromKeyboard(byte: number): void {
    if (this.state.fromKeyboard.length >= maximumQueued) return;
    const isTranslated = (this.commandByte & translate) !== 0;
    this.state.fromKeyboard.push(isTranslated ? command.translateAnswer(byte) : byte);
  }

  /** The keyboard's next byte goes into the output buffer when that is empty and the interface enabled. */
  private moveFromKeyboard(): void {
    if (this.state.output.length === 0 && (this.commandByte & keyboardDisabled) === 0) {
      const byte = this.state.fromKeyboard.shift();
      if (byte !== undefined) this.state.output.push(byte);
    }
    this.updateInterrupt();
  }

  private updateInterrupt(): void {
    const first = this.state.output[0];
    const isFromKeyboard = first !== undefined && (first & 0x100) === 0;
    this.irq1.set(isFromKeyboard && (this.commandByte & keyboardInterrupt) !== 0);
  }
}

/** The interfaces are disabled until firmware has tested them; translation is on. */
function resetState(): ControllerState {
  const ram = Array<number>(ramSize).fill(0);
  ram[0] = translate | keyboardDisabled | auxiliaryDisabled;
  return {
    ram,
    isSystemFlagSet: false,
    lastWasCommand: false,
    awaiting: 0,
    isA20Open: true,
    output: [],
    fromKeyboard: [],
  };
}
