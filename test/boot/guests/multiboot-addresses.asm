; A multiboot kernel that is no ELF file: its header says where it is to be loaded (the "a.out kludge"). What lies
; before load_addr in the file, and behind load_end_addr, must not be loaded.
bits 32
%include "lib/say.inc"
LOAD equ 0x300000
HAS_ADDRESSES equ 0x10000
PREFIX_BYTES equ 64
org LOAD - PREFIX_BYTES

        times PREFIX_BYTES db 0xcc
load:
        jmp wrong_entry
align 4
header:
        dd HEADER_MAGIC, WANTS_MEMORY | HAS_ADDRESSES, -(HEADER_MAGIC + (WANTS_MEMORY | HAS_ADDRESSES))
        dd header, load, load_end, memory_end, start

wrong_entry:
        mov esp, stack_end
        say "entered at the beginning, not at entry_addr"
        mov al, 3
        jmp exit_machine

%include "multiboot.inc"
align 4
load_end:
zeroed equ load_end
memory_end equ load_end + ZEROED_BYTES + STACK_BYTES
stack_end equ memory_end
        times 1024 db 0xcc
