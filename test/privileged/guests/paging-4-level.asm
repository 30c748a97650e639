; 4-level paging. SDM 3A, chapter "Paging": access rights, page-fault error codes, accessed and dirty flags, reserved
; bits, protection keys, large pages, and what invalidations must do.

        %include "lib/image.inc"
        %include "lib/long.inc"

; The linear region under test: PML4 entry 1, all tables of its own.
REGION          equ 8000000000h
REGION_PML4E    equ PML4 + 8
TEST_PDPT       equ GUEST_TABLES
TEST_PD         equ GUEST_TABLES + 1000h
TEST_PT         equ GUEST_TABLES + 2000h
SECOND_PML4     equ GUEST_TABLES + 3000h
SECOND_PT       equ GUEST_TABLES + 4000h
TARGET          equ TARGETS
OTHER_TARGET    equ TARGETS + 1000h
BIG_TARGET      equ 600000h
ALL             equ P | RW | US
NX              equ 1 << 63

main:   copy_user_code
        mov     byte [TARGET], 0C3h             ; RET: what fetches find
        mov     byte [OTHER_TARGET], 0C3h
        mov     byte [BIG_TARGET], 0C3h
        mov     dword [TARGET + 8], 11111111h
        mov     dword [OTHER_TARGET + 8], 22222222h
        call    rights_by_mode
        call    rights_by_level
        call    without_nx
        call    not_present
        call    accessed_and_dirty
        call    reserved_bits
        call    protection_keys
        call    page_crossing
        call    canonical_addresses
        call    invalidations
        call    process_contexts
        ret

; Full rights at every level, page 0 at TARGET and page 1 at OTHER_TARGET.
reset_tables:
        push    rax
        push    rcx
        push    rdi
        mov     rdi, TEST_PDPT
        xor     eax, eax
        mov     ecx, 5 * 512
        cld
        rep     stosq
        mov     qword [REGION_PML4E], TEST_PDPT | ALL
        mov     qword [TEST_PDPT], TEST_PD | ALL
        mov     qword [TEST_PD], TEST_PT | ALL
        mov     qword [TEST_PT], TARGET | ALL
        mov     qword [TEST_PT + 8], OTHER_TARGET | ALL
        call    flush_all
        pop     rdi
        pop     rcx
        pop     rax
        ret

flush_all:
        push    rax
        mov     rax, cr3
        mov     cr3, rax
        pop     rax
        ret

; ------------------------------------------------------------------------------------------------- single accesses

; attempt_access: an access to RBX. R8 is the access: 0 read, 1 write, 2 fetch; with 4 added at CPL 3.
; supervisor_flags are RFLAGS during those of CPL 0.
attempt_access:
        call    begin_attempt
        invlpg  [rbx]
        test    r8, 4
        jnz     .user
        mov     [attempt_stack], rsp
        mov     qword [attempt_resume], .end
        push    qword [supervisor_flags]
        popfq
        mov     rax, [supervisor_accesses + r8 * 8]
        jmp     rax
.user:  mov     rdx, [user_accesses + r8 * 8 - 32]
        call    run_user
.end:   push    2
        popfq
        mov     qword [attempt_resume], 0
        ret

supervisor_flags:
        dq 2
supervisor_accesses:
        dq .read, .write, .fetch
.read:  mov     eax, [rbx + 8]
        jmp     attempt_access.end
.write: mov     dword [rbx + 8], 11111111h
        jmp     attempt_access.end
.fetch: call    rbx
        jmp     attempt_access.end

user_accesses:
        dq USER_AREA + user_read - user_code_start
        dq USER_AREA + user_write - user_code_start
        dq USER_AREA + user_fetch - user_code_start

user_code_start:
user_read:
        mov     eax, [rbx + 8]
        int     RETURN_VECTOR
user_write:
        mov     dword [rbx + 8], 11111111h
        int     RETURN_VECTOR
user_fetch:
        call    rbx
        int     RETURN_VECTOR
user_code_end:

; The six accesses to RBX, each after the entry at RSI was set to RDI. Prints " r=ok" or the error code and, when the
; entry changed, its accessed and dirty flags.
six_accesses:
        xor     r8d, r8d
        cmp     byte [only_user_accesses], 0
        je      .next
        mov     r8d, 4
.next:  cmp     r8d, 3
        je      .skip
        mov     [rsi], rdi
        call    flush_all
        call    attempt_access
        call    print_access
.skip:  inc     r8d
        cmp     r8d, 7
        jb      .next
        jmp     print_newline

only_user_accesses:
        db 0

print_access:
        mov     al, ' '
        call    print_character
        test    r8, 4
        jz      .supervisor
        say     "u"
.supervisor:
        mov     eax, r8d
        and     eax, 3
        mov     al, [rax + .letters]
        call    print_character
        say     "="
        cmp     dword [attempt_vector], PF
        jne     .other
        show    2, [attempt_code]
        cmp     rbx, [attempt_cr2]              ; fetches
        je      .end
        lea     rax, [rbx + 8]
        cmp     rax, [attempt_cr2]
        je      .end
        say     " cr2="
        show    16, [attempt_cr2]
.end:   ret
.other: cmp     dword [attempt_vector], -1
        jne     .exception
        say     "ok"
        test    byte [rsi], D
        jz      .clean
        say     "D"
.clean: test    byte [rsi], A
        jnz     .end
        say     "?"                             ; not even accessed
        ret
.exception:
        jmp     print_exception
.letters:
        db "rwx"

; Prints the rights of the entry in RDI: "wux".
print_rights:
        push    rax
        mov     al, 'w'
        test    edi, RW
        call    .letter
        mov     al, 'u'
        test    edi, US
        call    .letter
        bt      rdi, 63
        cmc
        sbb     eax, eax                        ; CF: may be executed
        test    eax, eax
        mov     al, 'x'
        call    .letter
        pop     rax
        ret
.letter:
        jnz     .there
        mov     al, '-'
.there: jmp     print_character

; RDI := RDI with the rights that bits 2:0 of R9 number: 1 writable, 2 user, 4 executable.
rights_of_number:
        and     rdi, ~(RW | US)
        btr     rdi, 63
        lea     rax, [r9 * 2]
        and     eax, RW | US
        or      rdi, rax
        test    r9, 4
        jnz     .end
        bts     rdi, 63
.end:   ret

; ------------------------------------------------------------------------------------------------- the sections

; All rights of a page in all settings of CR0.WP, CR4.SMEP, CR4.SMAP and EFLAGS.AC.
rights_by_mode:
        xor     r10d, r10d                      ; 1 WP, 2 SMEP, 4 SMAP, 8 AC
.next_mode:
        mov     eax, r10d
        and     eax, 0Ch
        cmp     eax, 8                          ; AC without SMAP is of no interest
        je      .skip
        call    print_mode
        call    set_mode
        jc      .there
        say     " is not available", 10
        jmp     .skip
.there: say     10
        call    reset_tables
        mov     rbx, REGION
        mov     rsi, TEST_PT
        xor     r9d, r9d
.next_rights:
        mov     rdi, TARGET | P
        call    rights_of_number
        call    print_rights
        call    six_accesses
        inc     r9d
        cmp     r9d, 8
        jb      .next_rights
.skip:  inc     r10d
        cmp     r10d, 16
        jb      .next_mode
        mov     r10d, 1
        ; falls through: the usual mode

print_mode:
        say     "== WP="
        bt      r10d, 0
        call    .bit
        say     " SMEP="
        bt      r10d, 1
        call    .bit
        say     " SMAP="
        bt      r10d, 2
        call    .bit
        say     " AC="
        bt      r10d, 3
.bit:   mov     al, '0'
        adc     al, 0
        jmp     print_character

; Sets CR0.WP, CR4.SMEP, CR4.SMAP and supervisor_flags.AC as R10 says; CF clear: the processor cannot.
set_mode:
        mov     rax, cr0
        and     eax, ~CR0_WP
        test    r10, 1
        jz      .no_wp
        or      eax, CR0_WP
.no_wp: mov     cr0, rax
        clear_cr4 CR4_SMEP | CR4_SMAP
        mov     qword [supervisor_flags], 2
        test    r10, 2
        jz      .no_smep
        has_feature 7, ebx, 7
        jnc     .end
        set_cr4 CR4_SMEP
.no_smep:
        test    r10, 4
        jz      .fine
        has_feature 7, ebx, 20
        jnc     .end
        set_cr4 CR4_SMAP
        test    r10, 8
        jz      .fine
        or      qword [supervisor_flags], FLAG_AC
.fine:  stc
.end:   ret

; What higher levels take away.
rights_by_level:
        heading "rights of the higher levels"
        mov     r12, .levels
.next_level:
        mov     rsi, [r12]
        xor     r9d, r9d
.next_rights:
        call    reset_tables
        mov     rdi, [r12 + 8]
        call    rights_of_number
        push    rsi
        mov     rsi, [r12 + 16]
        call    print_string
        pop     rsi
        call    print_rights
        call    six_accesses
        inc     r9d
        cmp     r9d, 8
        jb      .next_rights
        add     r12, 24
        cmp     qword [r12], 0
        jne     .next_level
        ret
.levels:
        dq REGION_PML4E, TEST_PDPT | ALL, .pml4e
        dq TEST_PDPT, TEST_PD | ALL, .pdpte
        dq TEST_PD, TEST_PT | ALL, .pde
        dq TEST_PD, BIG_TARGET | PS | ALL, .pde_2m
        dq 0
.pml4e: db "PML4E ", 0
.pdpte: db "PDPTE ", 0
.pde:   db "PDE ", 0
.pde_2m:
        db "2M ", 0

; EFER.NXE = 0: bit 63 is reserved, and error codes have no I/D flag but with SMEP.
without_nx:
        heading "EFER.NXE=0"
        call    reset_tables
        mov     ecx, IA32_EFER
        rdmsr
        push    rax
        and     eax, ~EFER_NXE
        wrmsr
        mov     rbx, REGION
        mov     rsi, TEST_PT
        say     "NX page"
        mov     rdi, TARGET | ALL | NX
        call    six_accesses
        say     "supervisor page"
        mov     rdi, TARGET | P | RW
        call    six_accesses
        say     "not present"
        mov     rdi, TARGET | RW | US
        call    six_accesses
        mov     r10d, 3
        call    set_mode
        jnc     .no_smep
        say     "SMEP, user page"
        mov     rdi, TARGET | ALL
        call    six_accesses
.no_smep:
        mov     r10d, 1
        call    set_mode
        pop     rax
        mov     ecx, IA32_EFER
        xor     edx, edx
        wrmsr
        ret

; Not present at each level; all other bits of such an entry are ignored.
not_present:
        heading "not present"
        mov     rbx, REGION
        mov     r12, rights_by_level.levels
.next:  call    reset_tables
        push    rsi
        mov     rsi, [r12 + 16]
        call    print_string
        pop     rsi
        mov     rsi, [r12]
        mov     rdi, 7FFFFFFFFFFFF9FEh
        call    six_accesses
        add     r12, 24
        cmp     qword [r12], 0
        jne     .next
        ret

; Accessed and dirty flags at all levels, from PML4E to PTE: "A" accessed, "D" accessed and dirty.
accessed_and_dirty:
        heading "accessed and dirty flags"
        mov     rbx, REGION
        xor     r8d, r8d
.next:  cmp     r8d, 3
        je      .skip
        call    reset_tables
        and     byte [REGION_PML4E], ~(A | D)
        call    attempt_access
        say     "4K"
        call    print_access_flags
        call    reset_tables
        and     byte [REGION_PML4E], ~(A | D)
        mov     qword [TEST_PD], BIG_TARGET | PS | ALL
        call    flush_all
        call    attempt_access
        mov     rbx, REGION
        say     "2M"
        call    print_access_flags
        has_feature 80000001h, edx, 26
        jnc     .skip
        call    reset_tables
        mov     qword [TEST_PDPT], PS | ALL
        lea     rbx, [rbx + TARGET]
        call    flush_all
        call    attempt_access
        mov     rbx, REGION
        say     "1G"
        call    print_access_flags
.skip:  inc     r8d
        cmp     r8d, 7
        jb      .next
        ; A write after a read sets the dirty flag although the translation is cached.
        say     "read, then write:"
        call    reset_tables
        mov     eax, [rbx + 8]
        mov     dword [rbx + 8], 11111111h
        mov     rsi, TEST_PT
        call    print_flags_of
        say     10, "read-modify-write:"
        call    reset_tables
        lock or dword [rbx + 8], 0
        call    print_flags_of
        say     10, "compare that fails:"
        call    reset_tables
        xor     eax, eax
        lock cmpxchg [rbx + 8], ecx
        call    print_flags_of
        say     10, "write that faults:"
        call    reset_tables
        and     byte [TEST_PT], ~RW
        mov     r8d, 1
        call    attempt_access
        and     byte [TEST_PT], ~A              ; processors differ about A
        call    print_flags_of
        say     10
        ret

print_access_flags:
        push    rsi
        mov     al, ' '
        call    print_character
        mov     eax, r8d
        and     eax, 3
        mov     al, [rax + print_access.letters]
        call    print_character
        test    r8, 4
        jz      .supervisor
        say     "u"
.supervisor:
        say     " "
        mov     rsi, REGION_PML4E
        call    print_flags_of
        mov     rsi, TEST_PDPT
        call    print_flags_of
        mov     rsi, TEST_PD
        call    print_flags_of
        mov     rsi, TEST_PT
        call    print_flags_of
        say     " "
        call    print_outcome_short
        pop     rsi
        ret

print_outcome_short:
        cmp     dword [attempt_vector], -1
        je      .ok
        call    print_exception
        jmp     print_newline
.ok:    say     "ok", 10
        ret

print_flags_of:
        test    byte [rsi], D
        jnz     .dirty
        test    byte [rsi], A
        jnz     .accessed
        say     "-"
        ret
.dirty: say     "D"
        ret
.accessed:
        say     "A"
        ret

; Reserved bits. Bit 51 is above every physical-address width here.
reserved_bits:
        heading "reserved bits"
        mov     rbx, REGION
        mov     r12, .cases
.next:  call    reset_tables
        mov     rsi, [r12 + 16]
        call    print_string
        mov     rsi, [r12]
        mov     rdi, [r12 + 8]
        call    six_accesses
        add     r12, 24
        cmp     qword [r12], 0
        jne     .next
        ret
.cases: dq REGION_PML4E, TEST_PDPT | ALL | 1 << 51, .pml4e
        dq REGION_PML4E, TEST_PDPT | ALL | PS, .pml4e_ps
        dq TEST_PDPT, TEST_PD | ALL | 1 << 51, .pdpte
        dq TEST_PDPT, PS | ALL | 1 << 13, .pdpte_13
        dq TEST_PDPT, PS | ALL | 1 << 29, .pdpte_29
        dq TEST_PDPT, PS | ALL | 1 << 51, .pdpte_ps_51
        dq TEST_PD, TEST_PT | ALL | 1 << 51, .pde
        dq TEST_PD, BIG_TARGET | PS | ALL | 1 << 13, .pde_13
        dq TEST_PD, BIG_TARGET | PS | ALL | 1 << 20, .pde_20
        dq TEST_PD, BIG_TARGET | PS | ALL | 1 << 51, .pde_ps_51
        dq TEST_PT, TARGET | ALL | 1 << 51, .pte
        dq TEST_PT, TARGET | P | 1 << 51, .pte_supervisor
        dq TEST_PT, TARGET | ALL | 1 << 51 | NX, .pte_nx
        dq TEST_PT, TARGET | RW | US | 1 << 51, .pte_absent
        dq TEST_PT, TARGET | ALL | PS, .pte_pat
        dq TEST_PD, BIG_TARGET | PS | ALL | 1 << 12, .pde_pat
        dq TEST_PT, TARGET | ALL | 7FFh << 52, .pte_ignored
        dq TEST_PD, TEST_PT | ALL | D | G | 7FFh << 52, .pde_ignored
        dq 0
.pml4e: db "PML4E bit 51", 0
.pml4e_ps:
        db "PML4E bit 7", 0
.pdpte: db "PDPTE bit 51", 0
.pdpte_13:
        db "1G page bit 13", 0
.pdpte_29:
        db "1G page bit 29", 0
.pdpte_ps_51:
        db "1G page bit 51", 0
.pde:   db "PDE bit 51", 0
.pde_13:
        db "2M page bit 13", 0
.pde_20:
        db "2M page bit 20", 0
.pde_ps_51:
        db "2M page bit 51", 0
.pte:   db "PTE bit 51", 0
.pte_supervisor:
        db "supervisor PTE bit 51", 0
.pte_nx:
        db "PTE bit 51 and NX", 0
.pte_absent:
        db "PTE bit 51, not present", 0
.pte_pat:
        db "PTE PAT", 0
.pde_pat:
        db "2M page PAT", 0
.pte_ignored:
        db "PTE ignored bits", 0
.pde_ignored:
        db "PDE ignored bits", 0

; Protection keys: key 5 with each setting of PKRU, in pages of all rights.
protection_keys:
        heading "protection keys"
        need    7, ecx, 3, "PKU"
        set_cr4 CR4_PKE
        mov     rbx, REGION
        mov     rsi, TEST_PT
        xor     r10d, r10d                      ; 1 WP
.next_wp:
        call    set_mode
        xor     r11d, r11d                      ; 1 access disable, 2 write disable
.next_pkru:
        mov     eax, r11d
        shl     eax, 10
        xor     ecx, ecx
        xor     edx, edx
        wrpkru
        mov     r9d, 4
.next_rights:
        call    reset_tables
        mov     rdi, TARGET | P | 5 << 59
        call    rights_of_number
        say     "WP="
        show    1, r10
        say     " PKRU="
        show    1, r11
        say     " "
        call    print_rights
        call    six_accesses
        inc     r9d
        cmp     r9d, 8
        jb      .next_rights
        inc     r11d
        cmp     r11d, 4
        jb      .next_pkru
        inc     r10d
        cmp     r10d, 2
        jb      .next_wp
        mov     r10d, 1
        call    set_mode
        xor     eax, eax
        xor     ecx, ecx
        xor     edx, edx
        wrpkru
        try     "WRPKRU, ECX = 1", {call wrpkru_ecx}
        try     "RDPKRU, EDX and EAX", {call read_pkru}
        clear_cr4 CR4_PKE
        try     "WRPKRU, CR4.PKE = 0", wrpkru
        ret
wrpkru_ecx:
        mov     ecx, 1
        mov     qword [attempt_start], .there
.there: wrpkru
        ret
read_pkru:
        xor     ecx, ecx
        mov     edx, -1
        rdpkru
        show    8, rdx
        show    8, rax
        say     " "
        ret

; Accesses that reach from one page into the next.
page_crossing:
        heading "page crossing"
        call    reset_tables
        mov     rbx, REGION + 1000h
        try     "both present", mov eax, [rbx - 2]
        and     byte [TEST_PT + 8], ~P
        call    flush_all
        try     "second missing, read", mov eax, [rbx - 2]
        try     "second missing, 8 bytes", mov rax, [rbx - 7]
        try     "second missing, 16 bytes", movups xmm0, [rbx - 15]
        mov     dword [TARGET + 0FFCh], 0
        mov     rax, -1
        try     "second missing, write", mov [rbx - 4], rax
        try     "first part was not written", {call show_end_of_first}
        try     "second missing, read-modify-write", add [rbx - 4], rax
        try     "second missing, 16-byte write", movups [rbx - 4], xmm0
        try     "first part was not written", {call show_end_of_first}
        try_with_stack "second missing, push", REGION + 1000h + 4, push rax
        and     byte [TEST_PT], ~P
        call    flush_all
        try     "both missing, read", mov eax, [rbx - 2]
        mov     byte [TEST_PT], ALL
        or      byte [TEST_PT + 8], P
        and     byte [TEST_PT + 8], ~RW
        call    flush_all
        try     "second read-only, write", mov [rbx - 4], rax
        try     "first part was not written", {call show_end_of_first}
        and     byte [TEST_PT + 8], ~P
        call    flush_all
        mov     word [TARGET + 0FFEh], 048Bh    ; MOV EAX, [RBX + disp] without its end
        lea     rdx, [rbx - 2]
        try     "instruction into a missing page", {jmp rdx}
        mov     word [TARGET + 0FFEh], 9090h
        try     "instructions up to a missing page", {jmp rdx}
        mov     byte [TARGET + 0FFFh], 0C3h
        lea     rdx, [rbx - 1]
        try     "RET as the last byte of a page", {call rdx}
        ; A string instruction stops at the element that faults.
        mov     rdi, REGION + 0FF0h
        mov     ecx, 100
        xor     eax, eax
        cld
        try     "REP STOSB into a missing page", rep stosb
        say     "  rcx="
        show    4, rcx
        say     " rdi="
        show    16, rdi
        say     10
        mov     rsi, REGION + 0FF1h
        mov     rdi, TARGETS + 8000h
        mov     ecx, 100
        try     "REP MOVSD out of a missing page", rep movsd
        say     "  rcx="
        show    4, rcx
        say     " rsi="
        show    16, rsi
        say     10
        mov     byte [TARGET], 0C3h
        mov     dword [TARGET + 8], 11111111h
        ret

show_end_of_first:
        show    8, [TARGET + 0FFCh]
        say     " "
        ret

canonical_addresses:
        heading "canonical addresses"
        mov     rbx, 800000000000h
        try     "read", mov eax, [rbx]
        try     "read across the end", mov eax, [rbx - 2]
        try     "write", mov [rbx], eax
        mov     rbx, 0FFFF7FFFFFFFFFFFh
        try     "read below the upper half", mov eax, [rbx]
        try     "read across into the upper half", mov eax, [rbx - 1]
        mov     rbp, 800000000000h
        try     "read through SS", mov eax, [rbp]
        try     "read through SS with DS prefix", {db 3Eh, 8Bh, 45h, 00h}
        try     "FS prefix", mov eax, [fs:rbp]
        try_with_stack "push", 800000000010h, push rax
        try_with_stack "pop", 800000000000h, pop rax
        try_with_stack "call", 800000000010h, call print_newline
        try_with_stack "ret", 800000000000h, ret
        try     "jump", jmp rbp
        try     "call", call rbp
        mov     [TARGETS + 8000h], rbp
        try_with_stack "ret to it", TARGETS + 8000h, ret
        try     "INVLPG", invlpg [rbp]
        try     "PREFETCHT0", prefetcht0 [rbp]
        try     "CLFLUSH", clflush [rbp]
        try     "LEA", lea rax, [rbp]
        try     "NOP with memory operand", nop dword [rbp]
        mov     rdi, 7FFFFFFFFFF8h
        mov     ecx, 4
        cld
        try     "REP STOSD", rep stosd
        ret

; ------------------------------------------------------------------------------------------------- invalidations

; show_value "title": the word at REGION + 8, which tells which page is mapped.
%macro show_value 1
        say     %1, ": "
        mov     rax, REGION
        mov     eax, [rax + 8]
        call    print_hex_8
        say     10
%endmacro

invalidations:
        heading "invalidations"
        call    reset_tables
        mov     rbx, REGION
        show_value "first page"
        mov     qword [TEST_PT], OTHER_TARGET | ALL
        invlpg  [rbx]
        show_value "INVLPG"
        mov     qword [TEST_PT], TARGET | ALL
        invlpg  [rbx + 0FFFh]
        show_value "INVLPG of the page's last byte"
        mov     qword [TEST_PT], OTHER_TARGET | ALL
        call    flush_all
        show_value "MOV to CR3"
        set_cr4 CR4_PGE
        mov     qword [TEST_PT], TARGET | ALL
        call    flush_all
        mov     qword [TEST_PT], TARGET | ALL | G
        invlpg  [rbx]
        show_value "global"
        mov     qword [TEST_PT], OTHER_TARGET | ALL | G
        invlpg  [rbx]
        show_value "global, INVLPG"
        mov     qword [TEST_PT], TARGET | ALL | G
        clear_cr4 CR4_PGE
        show_value "global, CR4.PGE cleared"
        set_cr4 CR4_PGE
        mov     eax, [rbx + 8]
        mov     qword [TEST_PT], OTHER_TARGET | ALL
        clear_cr4 CR4_PGE
        show_value "global before, CR4.PGE toggled"
        mov     qword [TEST_PT], 0
        invlpg  [rbx]
        try     "made not present", mov eax, [rbx + 8]
        mov     qword [TEST_PT], TARGET | ALL
        show_value "made present, nothing invalidated"
        mov     qword [TEST_PD], 0
        invlpg  [rbx]
        try     "PDE made not present", mov eax, [rbx + 8]
        mov     qword [TEST_PD], TEST_PT | ALL
        mov     eax, [rbx + 8]
        mov     qword [TEST_PD], PS | ALL | 200000h
        invlpg  [rbx]
        say     "PDE made a 2-MiB page: "
        mov     eax, [rbx + OTHER_TARGET - 200000h + 8]
        call    print_hex_8
        say     10
        mov     qword [TEST_PD], PS | ALL | 400000h
        invlpg  [rbx + 1FF000h]
        say     "2-MiB page, INVLPG of its last page: "
        mov     al, [rbx + 1]
        cmp     al, [USER_AREA + 1]
        sete    al
        call    print_hex_1
        say     10
        call    reset_tables
        mov     r8d, 5
        mov     qword [TEST_PT], TARGET | P | US
        invlpg  [rbx]
        mov     r8d, 4
        call    attempt_access
        mov     r8d, 1
        call    attempt_access
        say     "CR0.WP=1, supervisor write: "
        call    print_outcome_short
        mov     rax, cr0
        and     eax, ~CR0_WP
        mov     cr0, rax
        try     "CR0.WP cleared", mov dword [rbx + 8], 11111111h
        mov     rax, cr0
        or      eax, CR0_WP
        mov     cr0, rax
        try     "CR0.WP set again", mov dword [rbx + 8], 11111111h
        need    7, ebx, 20, "SMAP"
        call    reset_tables
        mov     eax, [rbx + 8]
        set_cr4 CR4_SMAP
        try     "CR4.SMAP set", mov eax, [rbx + 8]
        stac
        try     "STAC", mov eax, [rbx + 8]
        clac
        try     "CLAC", mov eax, [rbx + 8]
        push    FLAG_AC | 2
        popfq
        try     "POPF sets AC", mov eax, [rbx + 8]
        push    2
        popfq
        try     "POPF clears AC", mov eax, [rbx + 8]
        ; An LDT in the user page: descriptor tables are read with supervisor rights that AC does not widen.
        stac
        mov     rax, 0000F20000000FFFh          ; data, DPL 3
        mov     [rbx + 16], rax
        mov     rax, 0000820000000FFFh          ; LDT, base REGION
        mov     [free_descriptors], rax
        mov     qword [free_descriptors + 8], REGION >> 32
        mov     eax, FREE_SELECTOR
        lldt    ax
        mov     eax, 16 + 4 + 3
        try     "implicit supervisor access (LDT), AC = 1", mov es, eax
        clac
        try     "implicit supervisor access, AC = 0", mov es, eax
        clear_cr4 CR4_SMAP
        try     "CR4.SMAP cleared", mov eax, [rbx + 8]
        mov     byte [REGION_PML4E + 7], 0
        ret

; PCIDs. Two page tables map REGION differently.
process_contexts:
        heading "process-context identifiers"
        need    1, ecx, 17, "PCID"
        call    reset_tables
        call    build_second_map
        mov     rax, PML4 | 8
        mov     cr3, rax
        try     "CR4.PCIDE with CR3 bits 11:0 not 0", {call enable_pcid}
        mov     eax, PML4
        mov     cr3, rax
        try     "CR4.PCIDE", {call enable_pcid}
        mov     rax, PML4 | 1
        mov     cr3, rax
        show_value "PCID 1"
        mov     rax, SECOND_PML4 | 2
        mov     cr3, rax
        show_value "PCID 2"
        mov     rax, PML4 | 1 | 1 << 63
        mov     cr3, rax
        show_value "PCID 1 kept"
        mov     rax, SECOND_PML4 | 2 | 1 << 63
        mov     cr3, rax
        show_value "PCID 2 kept"
        say     "bit 63 reads as "
        mov     rax, cr3
        shr     rax, 63
        call    print_hex_1
        say     10
        ; A change of PCID 1's map, then INVLPG in PCID 2: no business of PCID 1. Then its own flush.
        mov     qword [TEST_PT], OTHER_TARGET | ALL
        mov     rax, PML4 | 1
        mov     cr3, rax
        show_value "PCID 1 flushed by MOV to CR3"
        has_feature 7, ebx, 10
        jnc     .without_invpcid
        call    invpcid_types
.without_invpcid:
        mov     eax, PML4
        mov     cr3, rax
        clear_cr4 CR4_PCIDE
        ret

build_second_map:
        mov     rdi, SECOND_PML4
        mov     rsi, PML4
        mov     ecx, 512
        cld
        rep     movsq
        ; PDPT and directory for it, in the pages behind.
        mov     qword [SECOND_PML4 + 8], (SECOND_PT + 1000h) | ALL
        mov     rdi, SECOND_PT
        xor     eax, eax
        mov     ecx, 3 * 512
        rep     stosq
        mov     qword [SECOND_PT + 1000h], (SECOND_PT + 2000h) | ALL
        mov     qword [SECOND_PT + 2000h], SECOND_PT | ALL
        mov     qword [SECOND_PT], OTHER_TARGET | ALL
        ret

enable_pcid:
        mov     rax, cr4
        or      eax, CR4_PCIDE
        mov     qword [attempt_start], .there
.there: mov     cr4, rax
        ret

; invalidate TYPE, PCID, ADDRESS
%macro invalidate 3
        mov     qword [invpcid_descriptor], %2
        mov     rax, %3
        mov     [invpcid_descriptor + 8], rax
        mov     eax, %1
        invpcid rax, [invpcid_descriptor]
%endmacro

invpcid_types:
        ; PCID 1 maps OTHER_TARGET now; change it from PCID 2 by each type.
        mov     rax, SECOND_PML4 | 2 | 1 << 63
        mov     cr3, rax
        mov     qword [TEST_PT], TARGET | ALL
        invalidate 0, 1, REGION
        call    .to_1
        show_value "INVPCID 0, address"
        mov     rax, SECOND_PML4 | 2 | 1 << 63
        mov     cr3, rax
        mov     qword [TEST_PT], OTHER_TARGET | ALL
        invalidate 1, 1, 0
        call    .to_1
        show_value "INVPCID 1, single context"
        mov     rax, SECOND_PML4 | 2 | 1 << 63
        mov     cr3, rax
        mov     qword [TEST_PT], TARGET | ALL
        invalidate 2, 0, 0
        call    .to_1
        show_value "INVPCID 2, all contexts"
        mov     rax, SECOND_PML4 | 2 | 1 << 63
        mov     cr3, rax
        mov     qword [TEST_PT], OTHER_TARGET | ALL
        invalidate 3, 0, 0
        call    .to_1
        show_value "INVPCID 3, all but global"
        mov     eax, 4
        try     "INVPCID 4", invpcid rax, [invpcid_descriptor]
        xor     eax, eax
        mov     qword [invpcid_descriptor], 1000h
        try     "INVPCID 0, PCID above 12 bits", invpcid rax, [invpcid_descriptor]
        mov     qword [invpcid_descriptor], 1
        mov     rdx, 1 << 60
        mov     [invpcid_descriptor + 8], rdx
        try     "INVPCID 0, address not canonical", invpcid rax, [invpcid_descriptor]
        mov     eax, 1
        try     "INVPCID 1, address not canonical", invpcid rax, [invpcid_descriptor]
        mov     rdx, 9000000000h
        try     "INVPCID, descriptor not mapped", invpcid rax, [rdx]
        ret
.to_1:  mov     rax, PML4 | 1 | 1 << 63
        mov     cr3, rax
        ret

        align 16
invpcid_descriptor:
        dq 0, 0
