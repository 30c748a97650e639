; 32-bit paging (with PSE and PSE-36) and PAE paging. SDM 3A, "32-Bit Paging", "PAE Paging".

        %include "lib/image.inc"
        %include "lib/protected.inc"

DIRECTORY       equ GUEST_TABLES                ; 32-bit paging: its directory
PDPT            equ GUEST_TABLES                ; PAE: the four PDPTEs
PAE_DIRECTORY   equ GUEST_TABLES + 1000h
LOW_TABLES      equ GUEST_TABLES + 2000h        ; identity map of the first 32 MiB
TEST_TABLE      equ GUEST_TABLES + 0A000h
TEST_DIRECTORY  equ GUEST_TABLES + 0B000h
TARGET          equ GUEST_TABLES + 10000h
OTHER_TARGET    equ TARGET + 1000h
BIG_TARGET      equ 800000h
REGION          equ 40000000h
ALL             equ P | RW | US

main:   mov     byte [TARGET], 0C3h             ; RET: what fetches find
        mov     byte [BIG_TARGET], 0C3h
        call    paging_32
        call    large_pages_32
        call    pae
        call    pae_pointers
        ret

; ------------------------------------------------------------------------------------------------- single accesses

; Attempts access EBP to EBX: 0 read, 1 write, 2 fetch; with 4 added at CPL 3.
attempt_access:
        call    begin_attempt
        test    ebp, 4
        jnz     .user
        mov     [attempt_stack], esp
        mov     dword [attempt_resume], .end
        jmp     [supervisor_accesses + ebp * 4]
.user:  mov     edx, [user_accesses + ebp * 4 - 16]
        call    run_user
.end:   mov     dword [attempt_resume], 0
        ret
supervisor_accesses:
        dd .read, .write, .fetch
.read:  mov     eax, [ebx + 8]
        jmp     attempt_access.end
.write: mov     [ebx + 8], eax
        jmp     attempt_access.end
.fetch: call    ebx
        jmp     attempt_access.end
user_accesses:
        dd .read, .write, .fetch
.read:  mov     eax, [ebx + 8]
        int     RETURN_VECTOR
.write: mov     [ebx + 8], eax
        int     RETURN_VECTOR
.fetch: call    ebx
        int     RETURN_VECTOR

; The six accesses to EBX, each after the entry at ESI was set to EDI (and its upper half to upper_half in PAE).
six_accesses:
        xor     ebp, ebp
.next:  cmp     ebp, 3
        je      .skip
        mov     [esi], edi
        mov     eax, cr4
        test    eax, CR4_PAE
        jz      .flush
        mov     eax, [upper_half]
        mov     [esi + 4], eax
.flush: mov     eax, cr3
        mov     cr3, eax
        call    attempt_access
        call    print_access
.skip:  inc     ebp
        cmp     ebp, 7
        jb      .next
        jmp     print_newline
upper_half:
        dd 0

print_access:
        mov     al, ' '
        call    print_character
        test    ebp, 4
        jz      .supervisor
        say     "u"
.supervisor:
        mov     eax, ebp
        and     eax, 3
        mov     al, [eax + .letters]
        call    print_character
        say     "="
        cmp     dword [attempt_vector], -1
        je      .fine
        cmp     dword [attempt_vector], PF
        jne     print_exception
        mov     eax, [attempt_code]
        jmp     print_hex_2
.fine:  say     "ok"
        test    byte [esi], A
        jz      .clean
        say     "A"
.clean: test    byte [esi], D
        jz      .end
        say     "D"
.end:   ret
.letters:
        db "rwx"

; ------------------------------------------------------------------------------------------------- 32-bit paging

; Identity map of 32 MiB in 4-KiB pages, all user-accessible, and the region under test.
build_32:
        call    clear_tables
        mov     edi, LOW_TABLES
        mov     eax, ALL
        mov     ecx, 8 * 1024
.page:  stosd
        add     eax, 1000h
        loop    .page
        mov     edi, DIRECTORY
        mov     eax, LOW_TABLES | ALL
        mov     ecx, 8
.table: stosd
        add     eax, 1000h
        loop    .table
        mov     dword [DIRECTORY + (REGION >> 22) * 4], TEST_TABLE | ALL
        mov     dword [TEST_TABLE], TARGET | ALL
        mov     dword [TEST_TABLE + 4], OTHER_TARGET | ALL
        ret

clear_tables:
        mov     edi, GUEST_TABLES
        xor     eax, eax
        mov     ecx, 10000h / 4
        cld
        rep     stosd
        ret

; Turns paging on with the root EAX, and CR0.WP as the word write_protect says.
start_paging:
        mov     cr3, eax
        mov     eax, cr0
        and     eax, ~CR0_WP
        or      eax, CR0_PG
        or      eax, [write_protect]
        mov     cr0, eax
        call    reset_double_fault_task
        ret
stop_paging:
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        ret
write_protect:
        dd 0

print_write_protect:
        cmp     dword [write_protect], 0
        jne     .on
        say     "WP=0 "
        ret
.on:    say     "WP=1 "
        ret

%macro rights_case 2                            ; title, entry
        say     %1
        mov     edi, %2
        call    six_accesses
%endmacro

paging_32:
        heading "32-bit paging"
.next:  call    build_32
        mov     eax, DIRECTORY
        call    start_paging
        mov     ebx, REGION
        mov     esi, TEST_TABLE
        call    print_write_protect
        rights_case "PTE ---", TARGET | P
        call    print_write_protect
        rights_case "PTE w--", TARGET | P | RW
        call    print_write_protect
        rights_case "PTE -u-", TARGET | P | US
        call    print_write_protect
        rights_case "PTE wu-", TARGET | ALL
        rights_case "PTE not present", TARGET | RW | US
        rights_case "PTE PAT and available bits", TARGET | ALL | 0E80h
        mov     dword [TEST_TABLE], TARGET | ALL
        mov     esi, DIRECTORY + (REGION >> 22) * 4
        rights_case "PDE ---", TEST_TABLE | P
        rights_case "PDE w--", TEST_TABLE | P | RW
        rights_case "PDE -u-", TEST_TABLE | P | US
        rights_case "PDE wu-", TEST_TABLE | ALL
        rights_case "PDE not present", TEST_TABLE | RW | US
        rights_case "PDE PS without CR4.PSE", TEST_TABLE | ALL | PS
        mov     dword [esi], TEST_TABLE | ALL
        mov     byte [TEST_TABLE + 4], 0
        mov     eax, cr3
        mov     cr3, eax
        try     "second page missing, read", mov eax, [REGION + 0FFEh]
        try     "second page missing, write", mov [REGION + 0FFEh], eax
        call    stop_paging
        xor     dword [write_protect], CR0_WP
        jnz     .next
        ret

large_pages_32:
        heading "CR4.PSE"
        call    build_32
        set_cr4 CR4_PSE
        mov     eax, DIRECTORY
        call    start_paging
        mov     ebx, REGION
        mov     esi, DIRECTORY + (REGION >> 22) * 4
        rights_case "4M ---", BIG_TARGET | P | PS
        rights_case "4M w--", BIG_TARGET | P | RW | PS
        rights_case "4M -u-", BIG_TARGET | P | US | PS
        rights_case "4M wu-", BIG_TARGET | ALL | PS
        rights_case "4M bit 21", BIG_TARGET | ALL | PS | 1 << 21
        rights_case "4M bit 21, not present", BIG_TARGET | RW | US | PS | 1 << 21
        rights_case "4M PAT", BIG_TARGET | ALL | PS | 1 << 12
        rights_case "table, PAT bit ignored", TEST_TABLE | ALL | 1 << 8
        mov     dword [BIG_TARGET + 345678h], 87654321h
        mov     dword [esi], BIG_TARGET | ALL | PS
        mov     eax, cr3
        mov     cr3, eax
        say     "offset in a 4-MiB page: "
        mov     eax, [REGION + 345678h]
        call    print_hex_8
        say     10
        ; CR4.PSE alone is needed for a large page to be one.
        clear_cr4 CR4_PSE
        mov     dword [esi], TEST_TABLE | ALL | PS
        mov     dword [TARGET + 678h], 12121212h
        mov     eax, cr3
        mov     cr3, eax
        say     "CR4.PSE cleared: "
        mov     eax, [REGION + 678h]
        call    print_hex_8
        say     10
        call    stop_paging
        ret

; ------------------------------------------------------------------------------------------------- PAE paging

build_pae:
        call    clear_tables
        mov     edi, PAE_DIRECTORY
        mov     eax, ALL | PS
        mov     ecx, 16
.page:  mov     [edi], eax
        add     eax, 200000h
        add     edi, 8
        loop    .page
        mov     dword [PDPT], PAE_DIRECTORY | P
        mov     dword [PDPT + 8], TEST_DIRECTORY | P
        mov     dword [TEST_DIRECTORY], TEST_TABLE | ALL
        mov     dword [TEST_TABLE], TARGET | ALL
        mov     dword [TEST_TABLE + 8], OTHER_TARGET | ALL
        mov     dword [upper_half], 0
        ret

; Sets EFER.NXE to the value of CL's bit 0.
set_nxe:
        push    ecx
        mov     ecx, IA32_EFER
        rdmsr
        and     eax, ~EFER_NXE
        test    byte [esp], 1
        jz      .write
        or      eax, EFER_NXE
.write: wrmsr
        pop     ecx
        ret

pae:    heading "PAE paging"
        call    build_pae
        set_cr4 CR4_PAE
        mov     ecx, 1
        call    set_nxe
        mov     eax, PDPT
        call    start_paging
        mov     ebx, REGION
        mov     esi, TEST_TABLE
        rights_case "PTE --x", TARGET | P
        rights_case "PTE w-x", TARGET | P | RW
        rights_case "PTE -ux", TARGET | P | US
        rights_case "PTE wux", TARGET | ALL
        rights_case "PTE not present", TARGET | RW | US
        mov     dword [upper_half], 80000000h
        rights_case "PTE ---", TARGET | P
        rights_case "PTE wu-", TARGET | ALL
        mov     dword [upper_half], 40000000h
        rights_case "PTE bit 62", TARGET | ALL
        mov     dword [upper_half], 00080000h
        rights_case "PTE bit 51", TARGET | ALL
        mov     dword [upper_half], 00100000h
        rights_case "PTE bit 52", TARGET | ALL
        mov     dword [upper_half], 0
        mov     dword [TEST_TABLE], TARGET | ALL
        mov     dword [TEST_TABLE + 4], 0
        mov     esi, TEST_DIRECTORY
        rights_case "PDE --x", TEST_TABLE | P
        rights_case "PDE wux", TEST_TABLE | ALL
        mov     dword [upper_half], 80000000h
        rights_case "PDE wu-", TEST_TABLE | ALL
        mov     dword [upper_half], 00080000h
        rights_case "PDE bit 51", TEST_TABLE | ALL
        mov     dword [upper_half], 0
        rights_case "2M wux", BIG_TARGET | ALL | PS
        rights_case "2M bit 13", BIG_TARGET | ALL | PS | 1 << 13
        rights_case "2M bit 20", BIG_TARGET | ALL | PS | 1 << 20
        rights_case "2M PAT", BIG_TARGET | ALL | PS | 1 << 12
        xor     ecx, ecx
        call    set_nxe
        mov     dword [esi], TEST_TABLE | ALL
        mov     esi, TEST_TABLE
        rights_case "NXE=0, supervisor page", TARGET | P | RW
        mov     dword [upper_half], 80000000h
        rights_case "NXE=0, NX page", TARGET | ALL
        mov     dword [upper_half], 0
        call    stop_paging
        clear_cr4 CR4_PAE
        ret

; PDPTEs are loaded by MOV to CR3 and by some changes of CR0 and CR4, with a check; memory does not matter between.
pae_pointers:
        heading "PDPTEs"
        call    build_pae
        set_cr4 CR4_PAE
        mov     eax, PDPT
        call    start_paging
        try     "page by the second PDPTE", mov eax, [REGION + 8]
        mov     dword [PDPT + 8], 0
        invlpg  [REGION]
        try     "PDPTE cleared in memory, INVLPG", mov eax, [REGION + 8]
        mov     eax, cr3
        mov     cr3, eax
        try     "MOV to CR3", mov eax, [REGION + 8]
        try     "third PDPTE not present", mov eax, [80000000h]
        mov     eax, PDPT
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | RW
        try     "PDPTE bit 1", mov cr3, eax
        try     "still the old ones", mov ecx, [REGION + 8]
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | US
        try     "PDPTE bit 2", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | A
        try     "PDPTE bit 5", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | D
        try     "PDPTE bit 6", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | PS
        try     "PDPTE bit 7", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | G
        try     "PDPTE bit 8", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | 0E00h
        try     "PDPTE available bits", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | 18h
        try     "PDPTE PWT and PCD", mov cr3, eax
        mov     dword [PDPT + 12], 80000h
        try     "PDPTE bit 51", mov cr3, eax
        mov     dword [PDPT + 12], 80000000h
        try     "PDPTE bit 63", mov cr3, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | 1E6h
        try     "reserved bits of one that is not present", mov cr3, eax
        mov     dword [PDPT + 12], 0
        mov     dword [PDPT + 8], TEST_DIRECTORY | P
        mov     eax, cr4
        xor     eax, CR4_PGE
        mov     cr4, eax
        try     "loaded by a change of CR4.PGE", mov ecx, [REGION + 8]
        mov     dword [PDPT + 8], TEST_DIRECTORY | P | RW
        mov     eax, cr4
        xor     eax, CR4_PGE
        try     "CR4.PGE, reserved bit", mov cr4, eax
        mov     eax, cr0
        or      eax, CR0_CD
        try     "CR0.CD, reserved bit", mov cr0, eax
        call    stop_paging
        mov     eax, cr0
        or      eax, CR0_PG
        try     "CR0.PG, reserved bit", mov cr0, eax
        mov     dword [PDPT + 8], TEST_DIRECTORY | P
        ; The table of PDPTEs is aligned to 32 bytes, not to a page.
        mov     dword [PDPT + 0FE0h], PAE_DIRECTORY | P
        mov     dword [PDPT + 0FE8h], TEST_DIRECTORY | P
        mov     eax, PDPT + 0FE0h
        call    start_paging
        try     "PDPTEs at the end of a page", mov ecx, [REGION + 8]
        mov     eax, PDPT + 18h
        try     "CR3 bits 4:3", mov cr3, eax
        call    stop_paging
        clear_cr4 CR4_PAE
        ret
