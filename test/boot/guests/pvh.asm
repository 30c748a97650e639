; A PVH kernel (Xen, "x86/HVM direct boot ABI"): prints what it finds at EBX. Lines that begin with "=" say what each
; machine chooses for itself.
bits 32
%include "lib/say.inc"
LOAD equ 0x100000
STACK_BYTES equ 0x1000
ZEROED_BYTES equ 0x2000
START_INFO_MAGIC equ 0x336ec578
PHYSICAL32_ENTRY equ 18
org LOAD

file:
        db 0x7f, "ELF", 1, 1, 1
        times 9 db 0
        dw 2, 3
        dd 1
        dd LOAD                         ; the usual entry point: not PVH's
        dd segments - file, 0, 0
        dw 52, 32, 2, 0, 0, 0
segments:
        dd 1, 0, LOAD, LOAD
        dd file_end - file
        dd memory_end - file
        dd 7, 0x1000
        dd 4, note - file, note, note   ; PT_NOTE
        dd note_end - note
        dd note_end - note
        dd 4, 4
align 4
note:
        dd 4, 4, PHYSICAL32_ENTRY
        db "Xen", 0
        dd start
note_end:

start:
        mov esp, stack_end
        pushfd
        cmp dword [ebx], START_INFO_MAGIC
        jne wrong_magic
        say "magic is right", 10
        call print_machine_state
        say "CR4: "
        mov eax, cr4
        call print_hex
        say 10, "version: "
        mov eax, [ebx + 4]
        call print_hex
        say 10, "flags: "
        mov eax, [ebx + 8]
        call print_hex
        say 10, "command line: "
        mov esi, [ebx + 24]
        call print_string
        say 10, "modules: "
        mov eax, [ebx + 12]
        call print_hex
        say 10
        call print_modules
        say "RSDP: "
        mov esi, [ebx + 32]
        mov ecx, 8
.rsdp:  lodsb
        call print_character
        loop .rsdp
        say 10
        call print_map
        mov al, 0x10
        jmp exit_machine

wrong_magic:
        say "wrong magic: "
        mov eax, [ebx]
        call print_hex
        mov al, 1
        jmp exit_machine

print_modules:
        mov ecx, [ebx + 12]
        mov edi, [ebx + 16]
        test ecx, ecx
        jz .end
.next:  say "  bytes "
        mov eax, [edi + 8]
        call print_hex
        say ", begins with "
        push ecx
        mov esi, [edi]
        mov ecx, 8
.byte:  lodsb
        call print_character
        loop .byte
        pop ecx
        mov esi, [edi + 16]
        test esi, esi
        jz .nameless
        say 10, "=module string: "
        call print_string
.nameless:
        say 10
        add edi, 32
        dec ecx
        jnz .next
.end:   ret

print_map:
        mov ecx, [ebx + 48]
        mov esi, [ebx + 40]
        test ecx, ecx
        jz .end
.next:  say "=map: "
        mov eax, [esi + 4]
        call print_hex
        mov eax, [esi]
        call print_hex
        say " "
        mov eax, [esi + 12]
        call print_hex
        mov eax, [esi + 8]
        call print_hex
        say " "
        mov eax, [esi + 16]
        call print_hex
        say 10
        add esi, 24
        dec ecx
        jnz .next
.end:   ret

%include "lib/print32.inc"
%include "lib/state32.inc"
align 4
file_end:
memory_end equ file_end + ZEROED_BYTES + STACK_BYTES
stack_end equ memory_end
