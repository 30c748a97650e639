; 5-level paging. SDM 3A, "4-Level Paging and 5-Level Paging".

        %include "lib/image.inc"
        %include "lib/long.inc"

PML5            equ GUEST_TABLES
REGION_PDPT     equ GUEST_TABLES + 1000h
REGION_PML4     equ GUEST_TABLES + 2000h
TARGET          equ TARGETS
ALL             equ P | RW | US
NX              equ 1 << 63
; PML5 entry 1: beyond what 48 bits reach.
REGION          equ 1 << 48

main:   need    7, ecx, 16, "LA57"
        mov     dword [TARGET + 8], 11111111h
        heading "4-level paging"
        mov     rbx, REGION
        try     "address of 49 bits", mov eax, [rbx]
        mov     rax, cr4
        or      eax, CR4_LA57
        try     "CR4.LA57 set in IA-32e mode", mov cr4, rax
        try     "FS base of 49 bits", {call write_fs_base}
        call    build_tables
        mov     rax, 1
        call    change_levels
        heading "5-level paging"
        mov     rbx, REGION
        say     "CR4.LA57="
        mov     rax, cr4
        shr     eax, 12
        call    print_hex_1
        say     10
        try     "address of 49 bits", mov eax, [rbx + TARGET + 8]
        call    print_value
        try     "PML5E 0: the same memory", mov eax, [TARGET + 8]
        call    print_value
        mov     rbx, 1 << 56
        try     "address of 57 bits", mov eax, [rbx]
        mov     rbx, 0FFh << 48
        try     "not present PML5E", mov eax, [rbx]
        mov     rbx, (1 << 57) - 1
        try     "across the end", mov eax, [rbx]
        mov     rbx, 0FEFFh << 48
        try     "below the upper half", mov eax, [rbx]
        mov     rbx, 0FFFEh << 48
        try     "upper half", mov eax, [rbx]
        try     "FS base of 49 bits", {call write_fs_base}
        mov     rbx, 1 << 57
        mov     [other_base], rbx
        try     "FS base of 58 bits", {call write_fs_base}
        mov     rax, cr4
        and     eax, ~CR4_LA57
        try     "CR4.LA57 cleared in IA-32e mode", mov cr4, rax
        heading "PML5E"
        mov     rbx, REGION + TARGET
        mov     qword [PML5 + 8], REGION_PML4 | P | RW
        call    flush_all
        try_user "supervisor PML5E, user read", user_read
        mov     qword [PML5 + 8], REGION_PML4 | P | US
        call    flush_all
        try     "read-only PML5E, write", mov [rbx + 8], eax
        mov     rax, REGION_PML4 | ALL | NX
        mov     [PML5 + 8], rax
        call    flush_all
        try     "NX PML5E, fetch", {call rbx}
        mov     rax, REGION_PML4 | ALL | 1 << 51
        mov     [PML5 + 8], rax
        call    flush_all
        try     "PML5E bit 51", mov eax, [rbx + 8]
        mov     qword [PML5 + 8], REGION_PML4 | ALL | PS
        call    flush_all
        try     "PML5E bit 7", mov eax, [rbx + 8]
        mov     qword [PML5 + 8], REGION_PML4 | ALL
        call    flush_all
        mov     eax, [rbx + 8]
        say     "PML5E after an access: "
        show    2, [PML5 + 8]
        say     10
        xor     eax, eax
        call    change_levels
        heading "4-level paging again"
        mov     rbx, REGION
        try     "address of 49 bits", mov eax, [rbx]
        ret

print_value:
        say     "  "
        call    print_hex_8
        say     10
        ret

flush_all:
        mov     rax, cr3
        mov     cr3, rax
        ret

other_base:
        dq 1 << 48
write_fs_base:
        mov     eax, [other_base]
        mov     edx, [other_base + 4]
        mov     ecx, 0C0000100h
        mov     qword [attempt_start], .there
.there: wrmsr
        ret

build_tables:
        mov     rdi, GUEST_TABLES
        xor     eax, eax
        mov     ecx, 3 * 512
        cld
        rep     stosq
        mov     qword [PML5], PML4 | ALL
        mov     qword [PML5 + 8], REGION_PML4 | ALL
        mov     qword [REGION_PML4], REGION_PDPT | ALL
        mov     qword [REGION_PDPT], DIRECTORIES | ALL
        copy_user_code
        ret

user_code_start:
user_read:
        mov     eax, [rbx + 8]
        int     RETURN_VECTOR
user_code_end:

; Leaves IA-32e mode, and comes back with as many levels: EAX 1 for five.
change_levels:
        mov     [wants_five], eax
        mov     [saved_rsp], rsp
        push    KERNEL_CODE_32
        push    .compatibility
        retfq
        bits 32
.compatibility:
        mov     eax, KERNEL_DATA
        mov     ds, eax
        mov     ss, eax
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        mov     eax, cr4
        and     eax, ~CR4_LA57
        mov     edx, PML4
        cmp     dword [wants_five], 0
        je      .four
        or      eax, CR4_LA57
        mov     edx, PML5
.four:  mov     cr4, eax
        mov     cr3, edx
        mov     eax, cr0
        or      eax, CR0_PG
        mov     cr0, eax
        jmp     KERNEL_CODE:.back
        bits 64
.back:  mov     rsp, [saved_rsp]
        ret
wants_five:
        dd 0
saved_rsp:
        dq 0
