; A multiboot kernel as 32-bit ELF, linked at C0100000H and loaded at 2 MiB: its entry point is a virtual address, and
; it runs where it is loaded.
bits 32
%include "lib/say.inc"
PHYSICAL equ 0x200000
VIRTUAL equ 0xc0200000
org PHYSICAL

file:
        db 0x7f, "ELF", 1, 1, 1
        times 9 db 0
        dw 2, 3                         ; executable, i386
        dd 1
        dd start - PHYSICAL + VIRTUAL
        dd segments - file, 0, 0
        dw 52, 32, 1, 0, 0, 0
segments:
        dd 1, 0, VIRTUAL, PHYSICAL      ; PT_LOAD: the whole file
        dd file_end - file
        dd memory_end - file
        dd 7, 0x1000

align 4
        dd HEADER_MAGIC, WANTS_MEMORY, -(HEADER_MAGIC + WANTS_MEMORY)

%include "multiboot.inc"
align 4
file_end:
zeroed equ file_end
memory_end equ file_end + ZEROED_BYTES + STACK_BYTES
stack_end equ memory_end
