; Virtual-8086 mode, with and without CR4.VME. SDM 3B, chapter "8086 Emulation".
;
; Each case is a piece of 16-bit code at 0600:0000, which ends with HLT: #GP(0) there says that all before it passed.
; Told are the exception, EFLAGS and SP at it, AX, and the word on top of the stack.

        %include "lib/image.inc"
        %include "lib/protected.inc"

CODE_SEGMENT    equ 600h
CODE            equ CODE_SEGMENT << 4
STACK_SEGMENT   equ 700h
STACK_POINTER   equ 0F00h
DATA_SEGMENT    equ 2000h
IVT_VECTOR      equ 21h                         ; has an 8086 handler at 0600:0100
IO_MAP          equ 200h                        ; in the TSS

main:   mov     dword [IVT_VECTOR * 4], (CODE_SEGMENT << 16) | 100h
        mov     dword [3 * 4], (CODE_SEGMENT << 16) | 100h
        mov     dword [4 * 4], (CODE_SEGMENT << 16) | 100h
        mov     byte [CODE + 100h], 0F4h
        mov     dword [user_code], CODE_SEGMENT
        mov     dword [user_stack_segment], STACK_SEGMENT
        mov     dword [user_stack], STACK_POINTER
        mov     dword [v86_segment], DATA_SEGMENT
        call    set_up_maps
        heading "IOPL 3"
        mov     dword [user_flags], FLAG_VM | FLAG_IOPL | 2
        call    sensitive
        heading "IOPL 0"
        mov     dword [user_flags], FLAG_VM | 2
        call    sensitive
        heading "IOPL 0, IF"
        mov     dword [user_flags], FLAG_VM | FLAG_IF | 2
        call    sensitive
        call    with_vme
        heading "instructions"
        mov     dword [user_flags], FLAG_VM | FLAG_IOPL | 2
        call    privileged
        call    ports
        call    addresses
        call    gates
        ret

with_vme:
        need    1, edx, 1, "VME"
        set_cr4 CR4_VME
        heading "VME, IOPL 3"
        mov     dword [user_flags], FLAG_VM | FLAG_IOPL | 2
        call    sensitive
        heading "VME, IOPL 0"
        mov     dword [user_flags], FLAG_VM | 2
        call    sensitive
        heading "VME, IOPL 0, VIF"
        mov     dword [user_flags], FLAG_VM | FLAG_VIF | 2
        call    sensitive
        heading "VME, IOPL 0, VIP"
        mov     dword [user_flags], FLAG_VM | FLAG_VIP | 2
        call    sensitive
        heading "VME, IOPL 0, IVT vector not redirected"
        mov     dword [user_flags], FLAG_VM | 2
        or      byte [TSS + IO_MAP - 32 + IVT_VECTOR / 8], 1 << (IVT_VECTOR % 8)
        call    sensitive
        and     byte [TSS + IO_MAP - 32 + IVT_VECTOR / 8], 0
        clear_cr4 CR4_VME
        ret

; The redirection map (0: to the 8086 program) and the I/O map (all allowed but 81H) of the TSS.
set_up_maps:
        mov     word [TSS + TSS_IO_MAP], IO_MAP
        mov     edi, TSS + IO_MAP - 32
        xor     eax, eax
        mov     ecx, 32 / 4 + 100h / 4
        cld
        rep     stosd
        mov     byte [TSS + IO_MAP + 10h], 2
        ret

; v86_case "title", instructions (in 16-bit code)
%macro v86_case 2+
        say     %1, ": "
        mov     esi, %%code
        call    run_piece
        jmp     %%end
%%code: bits 16
        %2
        hlt
        bits 32
%%end:
%endmacro

run_piece:
        call    begin_attempt
        mov     edi, CODE
        mov     ecx, 32
        cld
        rep     movsb
        mov     dword [(STACK_SEGMENT << 4) + STACK_POINTER], 1234h
        mov     dword [(STACK_SEGMENT << 4) + STACK_POINTER + 4], 0
        xor     eax, eax
        xor     edx, edx
        call    run_user.from_0
        pushad
        call    print_outcome
        popad
        say     "  eflags="
        show    8, [attempt_flags]
        say     " sp="
        show    4, [attempt_rsp]
        say     " ax="
        call    print_hex_4
        say     " stack "
        movzx   eax, word [attempt_rsp]
        mov     eax, [(STACK_SEGMENT << 4) + eax]
        call    print_hex_4
        say     10
        ret
run_user.from_0:
        xor     edx, edx
        jmp     run_user

sensitive:
        v86_case "CLI", cli
        v86_case "STI", sti
        v86_case "PUSHF", pushf
        v86_case "POPF", popf
        v86_case "POPF with IF", {db 68h, 2, 2, 9Dh}
        v86_case "POPF with IF and TF", {db 68h, 2, 3, 9Dh}
        v86_case "PUSHFD", o32 pushf
        v86_case "POPFD", o32 popf
        v86_case "IRET", {db 68h, 2, 2, 68h, 0, 6, 68h, 0, 1, 0CFh}
        v86_case "IRETD", {db 66h, 6Ah, 2, 66h, 68h, 0, 6, 0, 0, 66h, 68h, 0, 1, 0, 0, 66h, 0CFh}
        v86_case "INT 21H", int IVT_VECTOR
        v86_case "INT3", int3
        v86_case "INTO, OF set", {db 0B0h, 7Fh, 04h, 1, 0CEh}
        v86_case "INT1", {db 0F1h}
        v86_case "IN 80H", {db 0E4h, 80h, 0B8h, 0, 0}
        ret

privileged:
        v86_case "HLT", hlt
        v86_case "MOV from CR0", mov eax, cr0
        v86_case "MOV to CR0", mov cr0, eax
        v86_case "MOV from DR7", mov eax, dr7
        v86_case "LGDT", {db 0Fh, 1, 16h, 0, 0}
        v86_case "SGDT", {db 0Fh, 1, 6, 0, 0}
        v86_case "LMSW", lmsw ax
        v86_case "CLTS", clts
        v86_case "INVD", invd
        v86_case "WBINVD", wbinvd
        v86_case "INVLPG", {db 0Fh, 1, 3Eh, 0, 0}
        v86_case "RDMSR", rdmsr
        v86_case "RDPMC", rdpmc
        v86_case "SYSENTER", sysenter
        v86_case "SYSEXIT", sysexit
        v86_case "SYSCALL", syscall
        v86_case "SLDT", sldt ax
        v86_case "STR", str ax
        v86_case "LLDT", lldt ax
        v86_case "LTR", ltr ax
        v86_case "LAR", lar ax, ax
        v86_case "LSL", lsl ax, ax
        v86_case "VERR", verr ax
        v86_case "VERW", verw ax
        v86_case "ARPL", arpl ax, ax
        v86_case "UD2", ud2
        v86_case "CPUID, XOR EAX", {db 66h, 31h, 0C0h, 0Fh, 0A2h, 66h, 31h, 0C0h}
        v86_case "DIV by 0", div al
        v86_case "BOUND", {db 62h, 6, 0, 1}
        ret

ports:  heading "ports at IOPL 0"
        mov     dword [user_flags], FLAG_VM | 2
        v86_case "OUT 80H", {db 0E6h, 80h}
        v86_case "OUT 81H", {db 0E6h, 81h}
        v86_case "OUT 80H, word", {db 0E7h, 80h}
        v86_case "OUT 82H, dword", {db 66h, 0E7h, 82h}
        mov     byte [TSS + IO_MAP + 10h], 80h
        v86_case "OUT 87H", {db 0E6h, 87h}
        v86_case "OUT 86H, word: second byte", {db 0E7h, 86h}
        mov     byte [TSS + IO_MAP + 11h], 1
        mov     byte [TSS + IO_MAP + 10h], 0
        v86_case "OUT 87H, word: next byte of the map", {db 0E7h, 87h}
        mov     byte [TSS + IO_MAP + 11h], 0
        heading "ports at IOPL 3: the map counts all the same"
        mov     dword [user_flags], FLAG_VM | FLAG_IOPL | 2
        mov     byte [TSS + IO_MAP + 10h], 2
        v86_case "OUT 80H", {db 0E6h, 80h}
        v86_case "OUT 81H", {db 0E6h, 81h}
        mov     word [TSS + TSS_IO_MAP], 0FFFh - 10h
        mov     byte [TSS + 0FFFh], 0
        v86_case "map ends with the port's byte", {db 0E6h, 80h}
        mov     word [TSS + TSS_IO_MAP], 0FFEh - 10h
        mov     word [TSS + 0FFEh], 0
        v86_case "map ends one byte later", {db 0E6h, 80h}
        mov     word [TSS + TSS_IO_MAP], IO_MAP
        ret

addresses:
        heading "addresses"
        v86_case "word at FFFEH", {db 0A1h, 0FEh, 0FFh}
        v86_case "word at FFFFH", {db 0A1h, 0FFh, 0FFh}
        v86_case "32-bit offset", {db 67h, 66h, 0A1h, 0, 0, 1, 0}
        v86_case "stack word at FFFFH", {db 36h, 0A1h, 0FFh, 0FFh}
        v86_case "PUSH with SP 0", {db 31h, 0E4h, 6Ah, 7}
        v86_case "PUSH with SP 1", {db 0BCh, 1, 0, 6Ah, 7}
        v86_case "MOV ES, then read", {db 0B8h, 0, 6, 8Eh, 0C0h, 26h, 0A1h, 0, 0}
        v86_case "far JMP", {db 0EAh, 0, 1, 0, 6}
        v86_case "far CALL", {db 9Ah, 0, 1, 0, 6}
        v86_case "far CALL with 32-bit offset beyond", {db 66h, 9Ah, 0, 0, 1, 0, 0, 6}
        v86_case "JMP beyond the segment", {db 66h, 0E9h, 0, 0, 1, 0}
        v86_case "RETF", {db 68h, 0, 6, 68h, 0, 1, 0CBh}
        ret

; What a handler may be for an event in virtual-8086 mode.
gates:  heading "gates"
        mov     edx, IVT_VECTOR
        mov     eax, stubs + IVT_VECTOR * STUB_BYTES
        mov     bl, 8Eh
        call    set_gate
        v86_case "DPL 0", int IVT_VECTOR
        mov     byte [IDT + IVT_VECTOR * 8 + 5], 0EEh
        v86_case "DPL 3", int IVT_VECTOR
        mov     dword [descriptor_of(FREE_SELECTOR)], 0FFFFh
        mov     dword [descriptor_of(FREE_SELECTOR) + 4], 0CF9F00h
        mov     word [IDT + IVT_VECTOR * 8 + 2], FREE_SELECTOR
        v86_case "conforming code", int IVT_VECTOR
        mov     dword [descriptor_of(FREE_SELECTOR) + 4], 0CFBB00h
        v86_case "code of DPL 1", int IVT_VECTOR
        mov     word [IDT + IVT_VECTOR * 8 + 2], KERNEL_CODE
        mov     byte [IDT + IVT_VECTOR * 8 + 5], 8Eh
        ; What is pushed: the data segments, which are null in the handler.
        mov     dword [exception_hook], .note
        v86_case "UD2", ud2
        mov     dword [exception_hook], 0
        mov     esi, .frame
        mov     ecx, 9
        say     "  frame:"
.next:  say     " "
        lodsd
        call    print_hex_8
        loop    .next
        say     " fs in the handler "
        show    4, [.fs]
        say     10
        ret
.note:  pushad
        lea     esi, [eax + 8]
        mov     edi, .frame
        mov     ecx, 9
        mov     eax, KERNEL_DATA
        mov     es, eax
        cld
        rep     movsd
        mov     [.fs], fs
        popad
        ret
.frame: times 9 dd 0
.fs:    dd 0
