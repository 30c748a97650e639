; Code that is modified: by itself, by its neighbour, through another address, by its page table. SDM 3A, "Handling
; Self- and Cross-Modifying Code"; processors honour stores to the linear address that is fetched from at once.
;
; Each case is a routine whose result (EAX) is printed.

        %include "lib/image.inc"
        %include "lib/long.inc"

; Two linear pages at REGION, which page tables of the guest's own map to PAGE_A and PAGE_B.
REGION          equ 8000000000h
TEST_PDPT       equ GUEST_TABLES
TEST_PD         equ GUEST_TABLES + 1000h
TEST_PT         equ GUEST_TABLES + 2000h
PAGE_A          equ TARGETS
PAGE_B          equ TARGETS + 1000h
PAGE_C          equ TARGETS + 2000h
ALL             equ P | RW | US

%macro result 2
        say     %1, ": "
        call    %2
        call    print_hex_8
        say     10
%endmacro

main:   mov     qword [PML4 + 8], TEST_PDPT | ALL
        mov     qword [TEST_PDPT], TEST_PD | ALL
        mov     qword [TEST_PD], TEST_PT | ALL
        heading "stores to the code that runs"
        result  "next instruction", next_instruction
        result  "after a jump", after_jump
        result  "an earlier instruction, in a loop", growing_loop
        result  "later in the same block, from a loop", later_in_block
        result  "by a 16-byte store", by_sse
        result  "by REP MOVSB", by_string
        result  "by PUSH", by_push
        result  "by CMPXCHG16B", by_cmpxchg16b
        result  "by FSTP", by_fstp
        result  "by XADD", by_xadd
        result  "by MOVNTI", by_movnti
        result  "the instruction after a CALL", return_address
        result  "the callee, called 8 times", callee
        result  "data beside code, 1000 times", data_beside_code
        result  "code through alternating operand sizes", prefix_flip
        heading "pages"
        result  "instruction across two pages, second part changed", across_pages
        result  "across two pages, second page exchanged", exchanged_second
        result  "page exchanged", exchanged_page
        result  "through another address", aliased
        result  "one page mapped twice, both run", mapped_twice
        result  "filled 64 times", refilled
        result  "one copy overwrites the other", copy_over
        heading "modes"
        result  "the same bytes as 64-bit and 32-bit code", both_modes
        heading "faults"
        call    faults
        ret

next_instruction:
        mov     byte [.there + 1], 2
.there: mov     eax, 1
        ret

after_jump:
        mov     byte [.there + 1], 2
        jmp     .there
.there: mov     eax, 1
        ret

; 0 + 1 + ... + 9: the immediate counts up.
growing_loop:
        xor     eax, eax
        mov     ecx, 10
.next:  add     eax, strict dword 0
        inc     dword [.next + 1]
        dec     ecx
        jnz     .next
        ret

later_in_block:
        xor     eax, eax
        mov     ecx, 4
.next:  mov     [.there + 1], ecx
        nop
        nop
.there: add     eax, strict dword 100
        dec     ecx
        jnz     .next
        ret

by_sse: movups  xmm0, [.new]
        movups  [.there], xmm0
.there: mov     eax, 1
        times 11 nop
        ret
.new:   mov     eax, 2
        times 11 nop

by_string:
        mov     esi, .new
        mov     edi, .there
        mov     ecx, 5
        cld
        rep     movsb
.there: mov     eax, 1
        ret
.new:   mov     eax, 2

by_push:
        mov     rdx, [.new]
        mov     rcx, rsp
        mov     rsp, .there + 8
        push    rdx
        mov     rsp, rcx
        jmp     .there
        align 16
.there: mov     eax, 1
        nop
        nop
        nop
        ret
.new:   mov     eax, 2
        nop
        nop
        nop

by_cmpxchg16b:
        mov     rax, [.there]
        mov     rdx, [.there + 8]
        mov     rbx, [.new]
        mov     rcx, rdx
        lock cmpxchg16b [.there]
        jmp     .there
        align 16
.there: mov     eax, 1
        times 11 nop
        ret
.new:   mov     eax, 2
        nop
        nop
        nop

by_fstp:
        fild    qword [.new]
        fistp   qword [.there]
        align 16
.there: mov     eax, 1
        nop
        nop
        nop
        ret
.new:   mov     eax, 2
        nop
        nop
        nop

by_xadd:
        mov     ecx, 5
        lock xadd [.there + 1], ecx
.there: mov     eax, 1
        ret

by_movnti:
        mov     ecx, 7
        movnti  [.there + 1], ecx
        sfence
.there: mov     eax, 1
        ret

return_address:
        call    .change
.there: mov     eax, 1
        ret
.change:
        mov     byte [.there + 1], 2
        ret

callee: xor     eax, eax
        mov     ecx, 8
.next:  mov     [.routine + 1], cl
        call    .routine
        dec     ecx
        jnz     .next
        ret
.routine:
        add     eax, strict dword 0
        ret

data_beside_code:
        xor     eax, eax
        mov     ecx, 1000
.next:  inc     dword [.count]
        add     eax, [.count]
        dec     ecx
        jnz     .next
        ret
.count: dd      0

; A prefix turns a 32-bit move into a 16-bit one and back.
prefix_flip:
        xor     esi, esi
        mov     ecx, 6
.next:  mov     eax, 0FFFFFFFFh
        xor     byte [.there], 90h ^ 66h
.there: nop
        db      0B8h                            ; MOV EAX, imm32 or MOV AX, imm16
        dw      1234h
        dw      9090h
        add     esi, eax
        dec     ecx
        jnz     .next
        mov     eax, esi
        ret

; ------------------------------------------------------------------------------------------------- pages

; Maps page 0 and 1 of REGION to the frames RSI and RDI.
map:    or      rsi, ALL
        or      rdi, ALL
        mov     [TEST_PT], rsi
        mov     [TEST_PT + 8], rdi
        mov     rax, REGION
        invlpg  [rax]
        invlpg  [rax + 1000h]
        ret

map_usual:
        mov     esi, PAGE_A
        mov     edi, PAGE_B
        jmp     map

; "MOV EAX, imm32; RET" at RDI, with the value EDX.
write_code:
        mov     byte [rdi], 0B8h
        mov     [rdi + 1], edx
        mov     byte [rdi + 5], 0C3h
        ret

across_pages:
        call    map_usual
        mov     rdi, REGION + 0FFEh
        mov     edx, 11111111h
        call    write_code
        mov     rbx, REGION + 0FFEh
        call    rbx
        mov     word [rbx + 2], 2222h
        call    rbx
        ret

exchanged_second:
        call    map_usual
        mov     rdi, REGION + 0FFEh
        mov     edx, 11111111h
        call    write_code
        mov     rbx, REGION + 0FFEh
        call    rbx
        mov     rax, [PAGE_B]
        mov     [PAGE_C], rax
        mov     byte [PAGE_C], 33h
        mov     esi, PAGE_A
        mov     edi, PAGE_C
        call    map
        call    rbx
        ret

exchanged_page:
        call    map_usual
        mov     edi, PAGE_A
        mov     edx, 1
        call    write_code
        mov     edi, PAGE_B
        mov     edx, 2
        call    write_code
        mov     rbx, REGION
        call    rbx
        mov     r8d, eax
        mov     esi, PAGE_B
        mov     edi, PAGE_A
        call    map
        call    rbx
        shl     r8d, 8
        or      r8d, eax
        mov     rbx, REGION + 1000h
        call    rbx
        shl     r8d, 8
        or      eax, r8d
        ret

aliased:
        call    map_usual
        mov     edi, PAGE_A
        mov     edx, 1
        call    write_code
        mov     rbx, REGION
        call    rbx
        mov     dword [PAGE_A + 1], 5
        xor     eax, eax
        push    rbx
        cpuid
        pop     rbx
        call    rbx
        ret

mapped_twice:
        mov     esi, PAGE_A
        mov     edi, PAGE_A
        call    map
        mov     edi, PAGE_A
        mov     edx, 1
        call    write_code
        mov     rbx, REGION
        call    rbx
        call    [.second]
        mov     byte [rbx + 1001h], 6
        xor     eax, eax
        push    rbx
        cpuid
        pop     rbx
        call    rbx
        mov     r8d, eax
        call    [.second]
        shl     r8d, 8
        or      eax, r8d
        ret
.second:
        dq      REGION + 1000h

; 1 + 2 + ... + 64
refilled:
        call    map_usual
        xor     r8d, r8d
        mov     ecx, 64
.next:  mov     rdi, REGION
        mov     edx, ecx
        call    write_code
        call    rdi
        add     r8d, eax
        loop    .next
        mov     eax, r8d
        ret

copy_over:
        call    map_usual
        mov     rdi, REGION
        mov     edx, 7
        call    write_code
        call    rdi
        mov     rdi, REGION + 800h
        mov     edx, 8
        call    write_code
        call    rdi
        mov     rsi, REGION + 800h
        mov     rdi, REGION
        mov     ecx, 100h / 8
        cld
        rep     movsq
        mov     rbx, REGION
        call    rbx
        ret

; 48 FF C0: INC RAX in 64-bit code; DEC EAX, INC EAX in 32-bit code. Run in turns.
both_modes:
        xor     eax, eax
        mov     [.rsp], rsp
        call    .bytes
        push    KERNEL_CODE_32
        push    .in_32
        retfq
        bits 32
.in_32: call    .bytes
        jmp     KERNEL_CODE:.in_64
        bits 64
.in_64: call    .bytes
        mov     rsp, [.rsp]
        ret
.bytes: db      48h, 0FFh, 0C0h, 0C3h
.rsp:   dq      0

faults: call    map_usual
        mov     rdi, REGION + 0FFEh
        mov     edx, 44444444h
        call    write_code
        mov     rbx, REGION + 0FFEh
        and     byte [TEST_PT + 8], ~P
        invlpg  [rbx + 2]
        try     "instruction into a missing page", {call rbx}
        or      byte [TEST_PT + 8], P
        try     "after it was mapped", {call rbx}
        say     "  "
        call    print_hex_8
        say     10
        ; A store that faults changes no code.
        and     byte [TEST_PT], ~RW
        invlpg  [rbx]
        try     "store to read-only code", mov byte [rbx + 1], 55h
        call    rbx
        say     "  "
        call    print_hex_8
        say     10
        ret
