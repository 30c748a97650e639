; Real-address mode. SDM 3B, chapter "8086 Emulation", "Real-Address Mode"; SDM 2, the exceptions that each instruction
; has in it.
;
; One 16-bit program runs all cases and keeps an account of each; it is printed in protected mode. Told are the
; vector, the distance of the pushed IP from the first instruction, the pushed FLAGS and AX.

        %include "lib/image.inc"
        %include "lib/protected.inc"

PROGRAM         equ 8000h                       ; where the 16-bit program is copied to
RECORDS         equ 0A000h                      ; its account
RECORD_BYTES    equ 12                          ; title, vector, distance, FLAGS, AX, CS
IVT             equ 7000h
STACK_16        equ 6F00h
%define at(label) ((label) - program + PROGRAM)

main:   mov     [saved_esp], esp
        mov     esi, program
        mov     edi, PROGRAM
        mov     ecx, program_end - program
        cld
        rep     movsb
        call    build_ivt
        lidt    [real_idt]
        mov     eax, KERNEL_DATA_16
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        jmp     KERNEL_CODE_16:at(leave_protected)

back:   mov     eax, KERNEL_DATA
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, [saved_esp]
        lidt    [idt_pointer]
        jmp     print_records

saved_esp:
        dd 0
real_idt:
        dw 3FFh
        dd IVT

build_ivt:
        xor     ecx, ecx
.next:  mov     eax, ecx
        shr     eax, 4
        add     eax, ecx
        shl     eax, 2                          ; stubs of 4 bytes, and 4 bytes after each sixteen
        add     eax, at(stubs_16)
        mov     [IVT + ecx * 4], eax
        inc     ecx
        cmp     ecx, STUBS_16
        jb      .next
        ret

print_records:
        mov     ebx, RECORDS
.next:  movzx   esi, word [ebx]
        test    esi, esi
        jz      .end
        call    print_string
        say     ": "
        cmp     word [ebx + 2], -1
        jne     .exception
        say     "ok"
        jmp     .rest
.exception:
        say     "vector "
        show    2, [ebx + 2]
        say     " +"
        show    2, [ebx + 4]
        cmp     word [ebx + 10], 0
        je      .flags
        say     " cs="
        show    4, [ebx + 10]
.flags: say     " flags="
        show    4, [ebx + 6]
.rest:  say     " ax="
        show    4, [ebx + 8]
        say     10
        add     ebx, RECORD_BYTES
        jmp     .next
.end:   ret

; ------------------------------------------------------------------------------------------------- the 16-bit program

        bits 16
program:
leave_protected:
        mov     eax, cr0
        and     al, ~1
        mov     cr0, eax
        jmp     0:at(in_real_mode)

in_real_mode:
        call    plain_state
        call    cases
        mov     word [bx], 0                    ; end of the account
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     dword KERNEL_CODE:back

; Segments, stack and IDTR as every case finds them.
plain_state:
        pop     dx
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, STACK_16
        cld
        jmp     dx

; real_case "title", instructions
%macro real_case 2+
        call    begin_case
        db      %1, 0
        dw      at(%%end)
%%start:
        %2
        call    passed
%%end:
%endmacro

; Opens a record; the title and the address to resume at follow the CALL.
begin_case:
        pop     si
        mov     bx, [at(record)]
        mov     [bx], si
.skip:  lodsb
        test    al, al
        jnz     .skip
        lodsw
        mov     [at(resume)], ax
        mov     [at(start)], si
        xor     eax, eax
        xor     ecx, ecx
        xor     edx, edx
        push    si
        ret

; The instructions of a case went by.
passed: push    word 0
        push    word 0
        push    word 0
        push    word -1
        jmp     close_case

; From the stubs: vector, then the interrupt's frame.
close_case:
        mov     bp, sp
        push    ax
        xor     ax, ax
        mov     ds, ax
        mov     bx, [at(record)]
        pop     word [bx + 8]
        mov     ax, [ss:bp]
        mov     [bx + 2], ax
        mov     ax, [ss:bp + 2]
        sub     ax, [at(start)]
        mov     [bx + 4], ax
        mov     ax, [ss:bp + 4]
        mov     [bx + 10], ax
        mov     ax, [ss:bp + 6]
        mov     [bx + 6], ax
        add     bx, RECORD_BYTES
        mov     [at(record)], bx
        call    plain_state
        sub     sp, 2                           ; the return address of `cases`
        o32 lidt [at(plain_idt)]
        jmp     [at(resume)]

record: dw      RECORDS
resume: dw      0
start:  dw      0
plain_idt:
        dw      3FFh
        dd      IVT

STUBS_16        equ 40h
stubs_16:
%assign vector 0
%rep STUBS_16
        push    byte vector
        jmp     short stub_jump_ %+ vector
  %assign vector vector + 1
  %if vector % 16 = 0
    %assign hub vector - 16
    %rep 16
stub_jump_ %+ hub:
      %assign hub hub + 1
    %endrep
        jmp     near close_case
        nop
  %endif
%endrep

cases:
        real_case "DIV by 0", div al
        real_case "INT3", int3
        real_case "INT 21H", int 21h
        real_case "INT 21H with IF", {db 0FBh, 0CDh, 21h}
        real_case "INTO", {db 0B0h, 7Fh, 4, 1, 0CEh}
        real_case "INT1", {db 0F1h}
        real_case "BOUND", {db 0B8h, 1, 0, 62h, 6, 0, 60h}
        real_case "UD2", ud2
        real_case "single step", {db 68h, 2, 1, 9Dh, 90h, 90h}
        real_case "byte at FFFFH", mov al, [0FFFFh]
        real_case "word at FFFFH", mov ax, [0FFFFh]
        real_case "dword at FFFDH", mov eax, [0FFFDh]
        real_case "32-bit offset", {db 67h, 0A0h, 0, 0, 1, 0}
        real_case "write of a word at FFFFH", mov [0FFFFh], ax
        real_case "stack word at FFFFH", mov ax, [ss:0FFFFh]
        real_case "PUSH of a dword at SP 2", {db 0BCh, 2, 0, 66h, 6Ah, 1}
        real_case "LLDT", lldt ax
        real_case "LTR", ltr ax
        real_case "SLDT", sldt ax
        real_case "STR", str ax
        real_case "LAR", lar ax, ax
        real_case "LSL", lsl ax, ax
        real_case "VERR", verr ax
        real_case "VERW", verw ax
        real_case "ARPL", arpl ax, ax
        real_case "SYSENTER", sysenter
        real_case "SYSEXIT", sysexit
        real_case "SYSCALL", syscall
        real_case "SYSRET", sysret
        real_case "RSM", rsm
        real_case "MOV to CS", {db 8Eh, 0C8h}
        real_case "LOCK MOV", {db 0F0h, 89h, 0C0h}
        real_case "CLTS", clts
        real_case "SMSW", smsw ax
        real_case "MOV from DR7", {db 0Fh, 21h, 0F8h}
        real_case "CR0.PG without PE", {db 0Fh, 20h, 0C0h, 66h, 0Dh, 0, 0, 0, 80h, 0Fh, 22h, 0C0h}
        real_case "CR0.NW without CD", {db 0Fh, 20h, 0C0h, 66h, 0Dh, 0, 0, 0, 20h, 0Fh, 22h, 0C0h}
        real_case "INVLPG", invlpg [0]
        real_case "RDMSR of no MSR", {db 66h, 0B9h, 0, 0, 0, 70h, 0Fh, 32h}
        real_case "JMP beyond the segment", {db 66h, 0E9h, 0, 0, 1, 0}
        real_case "far JMP beyond the segment", {db 66h, 0EAh, 0, 0, 1, 0, 0, 0}
        real_case "far CALL beyond the segment", {db 66h, 9Ah, 0, 0, 1, 0, 0, 0}
        real_case "RET beyond the segment", {db 66h, 68h, 0, 0, 1, 0, 66h, 0C3h}
        real_case "IRETD beyond the segment", {db 66h, 6Ah, 2, 66h, 6Ah, 0, 66h, 68h, 0, 0, 1, 0, 66h, 0CFh}
        real_case "IVT limit before INT 21H", {call near short_ivt}
        real_case "IVT limit at INT 21H's last byte", {call near fitting_ivt}
        real_case "POPFD leaves VM", {db 66h, 68h, 2, 0, 2, 0, 66h, 9Dh, 66h, 9Ch, 66h, 58h, 66h, 0C1h, 0E8h, 10h}
        real_case "1 MiB by FFFF:0010", {db 0B8h, 0FFh, 0FFh, 8Eh, 0C0h, 26h, 0A1h, 10h, 0}
        real_case "4-GiB data segment", {call near big_segment}
        real_case "LMSW enters, MOV to CR0 leaves", {call near enter_and_leave}
        real_case "LDS", {db 0C5h, 6, 0, 70h, 8Ch, 0D8h}
        real_case "XCHG with LOCK to a register", {db 0F0h, 87h, 0C0h}
        real_case "REP MOVSB wraps SI", {db 0BEh, 0FFh, 0FFh, 0BFh, 0, 60h, 0B9h, 2, 0, 0F3h, 0A4h, 89h, 0F0h}
        mov     bx, [at(record)]
        ret

short_ivt:
        o32 lidt [at(.pointer)]
        mov     word [at(start)], at(.there)
.there: int     21h
.pointer:
        dw      21h * 4 + 2
        dd      IVT
fitting_ivt:
        o32 lidt [at(.pointer)]
        mov     word [at(start)], at(.there)
.there: int     21h
.pointer:
        dw      21h * 4 + 3
        dd      IVT

; A limit loaded in protected mode stays; the base follows the selector.
big_segment:
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     dx, KERNEL_DATA
        mov     es, dx
        and     al, ~1
        mov     cr0, eax
        mov     dx, 10h
        mov     es, dx
        mov     ebx, IMAGE_BASE - 100h
        mov     eax, [es:ebx]
        push    ax
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     dx, KERNEL_DATA_16
        mov     es, dx
        and     al, ~1
        mov     cr0, eax
        xor     dx, dx
        mov     es, dx
        pop     ax
        ret

; PE alone changes nothing of the segments: real-mode bases go on.
enter_and_leave:
        smsw    ax
        or      al, 1
        lmsw    ax
        mov     dx, [at(record)]
        lmsw    ax
        and     al, ~1
        lmsw    ax                              ; LMSW does not clear PE
        smsw    ax
        push    ax
        mov     eax, cr0
        and     al, ~1
        mov     cr0, eax
        pop     ax
        and     ax, 1
        ret
program_end:
        bits 32
