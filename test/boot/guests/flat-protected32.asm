; A bare image in 32-bit protected mode, on the stack it is given: prints the state it finds.
bits 32
%include "lib/say.inc"
org 0x100000
        pushfd
        mov ebp, esp
        say "stack, KiB: "
        mov eax, esp
        add eax, 4
        shr eax, 10
        call print_hex
        say 10
        call print_machine_state
        say "segments loaded anew: "
        mov ax, ds
        mov ds, ax
        mov es, ax
        mov ss, ax
        push cs
        push dword .behind
        retf
.behind:
        say "yes", 10
        mov al, 0x10
        jmp exit_machine

%include "lib/print32.inc"
%include "lib/state32.inc"
