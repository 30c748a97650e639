; Hardware task switches. SDM 3A, chapter "Task Management".

        %include "lib/image.inc"
        %include "lib/protected.inc"

T1      equ FREE_SELECTOR                       ; TSS of the other task
G1      equ FREE_SELECTOR + 8                   ; task gate to it
S1      equ FREE_SELECTOR + 16                  ; segments of the tests
S2      equ FREE_SELECTOR + 24
LDT_SELECTOR equ FREE_SELECTOR + 32
TSS1    equ GUEST_TABLES
LDT     equ GUEST_TABLES + 1000h
DIRECTORY equ GUEST_TABLES + 2000h
TABLE   equ GUEST_TABLES + 3000h
TASK_STACK_TOP equ STACK_TOP - 10000h
FREE_VECTOR equ 60h

; Fields of a 16-bit TSS. SDM 3A, "16-Bit Task-State Segment (TSS)".
TSS16_IP        equ 14
TSS16_FLAGS     equ 16
TSS16_AX        equ 18
TSS16_SP        equ 26
TSS16_ES        equ 34
TSS16_CS        equ 36
TSS16_SS        equ 38
TSS16_DS        equ 40
TSS16_LDT       equ 42

main:   call    switches
        call    gates
        call    interrupts
        call    bad_descriptors
        call    bad_segments
        call    nested_returns
        call    debug_trap
        call    address_spaces
        call    small_task
        call    virtual_8086_task
        ret

; define SELECTOR, base, limit, access, flags
%macro define 5
        mov     dword [descriptor_of(%1)], ((%3) & 0FFFFh) | (((%2) & 0FFFFh) << 16)
        mov     dword [descriptor_of(%1) + 4], (((%2) >> 16) & 0FFh) | ((%4) << 8) | ((%3) & 0F0000h) | ((%5) << 20) | ((%2) & 0FF000000h)
%endmacro

; A fresh task in TSS1 that starts at EAX, and everything else as the guests expect it.
new_task:
        push    edi
        push    ecx
        push    eax
        mov     edi, TSS1
        xor     eax, eax
        mov     ecx, 200h / 4
        cld
        rep     stosd
        pop     eax
        mov     [TSS1 + TSS_EIP], eax
        mov     dword [TSS1 + TSS_EFLAGS], 2
        mov     dword [TSS1 + TSS_ESP], TASK_STACK_TOP
        mov     dword [TSS1 + TSS_CS], KERNEL_CODE
        mov     ecx, KERNEL_DATA
        mov     [TSS1 + TSS_SS], ecx
        mov     [TSS1 + TSS_DS], ecx
        mov     [TSS1 + TSS_ES], ecx
        mov     [TSS1 + TSS_FS], ecx
        mov     [TSS1 + TSS_GS], ecx
        mov     dword [TSS1 + TSS_ESP0], TASK_STACK_TOP - 1000h
        mov     [TSS1 + TSS_SS0], ecx
        mov     word [TSS1 + TSS_IO_MAP], 0FFFh
        mov     ecx, cr3
        mov     [TSS1 + TSS_CR3], ecx
        define  T1, TSS1, 67h, 89h, 0
        mov     dword [descriptor_of(G1)], T1 << 16
        mov     dword [descriptor_of(G1) + 4], 8500h
        pop     ecx
        pop     edi
        ret

; After an attempt, wherever it ended: tells of the descriptors, and makes the main task the current one.
%macro show_state 0
        call    print_state
%endmacro
print_state:
        pushad
        str     eax
        say     "  TR="
        call    print_hex_4
        say     " main "
        show    2, [descriptor_of(TSS_SELECTOR) + 5]
        say     " other "
        show    2, [descriptor_of(T1) + 5]
        say     " link "
        show    4, [TSS1 + TSS_LINK]
        say     10
        clts
        xor     eax, eax
        lldt    ax
        mov     byte [descriptor_of(TSS_SELECTOR) + 5], 89h
        mov     eax, TSS_SELECTOR
        ltr     ax
        popad
        ret

; What a task sees when it begins.
seen_flags:
        dd 0
seen_tr:
        dd 0
seen_cr0:
        dd 0
seen_main:
        dd 0
seen_other:
        dd 0
seen_eax:
        dd 0

; The other task: notes what it sees, then goes back by IRET; when it is entered again it does so again.
task_body:
        call    note
        iretd
        jmp     task_body
; The same, going back by JMP.
jumping_body:
        call    note
        jmp     TSS_SELECTOR:0
        jmp     jumping_body
note:   mov     [seen_eax], eax
        pushfd
        pop     dword [seen_flags]
        str     eax
        mov     [seen_tr], eax
        mov     eax, cr0
        mov     [seen_cr0], eax
        clts
        mov     al, [descriptor_of(TSS_SELECTOR) + 5]
        mov     [seen_main], al
        mov     al, [descriptor_of(T1) + 5]
        mov     [seen_other], al
        ret

show_seen:
        say     "  in the task: TR="
        show    4, [seen_tr]
        say     " EFLAGS="
        show    8, [seen_flags]
        say     " TS="
        mov     eax, [seen_cr0]
        shr     eax, 3
        and     eax, 1
        call    print_hex_1
        say     " main "
        show    2, [seen_main]
        say     " other "
        show    2, [seen_other]
        say     " EAX="
        show    8, [seen_eax]
        say     10
        ret

; ------------------------------------------------------------------------------------------------- switches

switches:
        heading "JMP and CALL to a TSS"
        mov     eax, task_body
        call    new_task
        mov     dword [TSS1 + TSS_EAX], 0EEEEEEEEh
        mov     eax, 12345678h
        try     "CALL", call T1:0
        say     "  eax after="
        show    8, eax
        mov     eax, cr0
        shr     eax, 3
        and     eax, 1
        say     " TS="
        call    print_hex_1
        pushfd
        pop     eax
        shr     eax, 14
        and     eax, 1
        say     " NT="
        call    print_hex_1
        say     " saved EAX of the other="
        show    8, [TSS1 + TSS_EAX]
        say     " EFLAGS="
        show    8, [TSS1 + TSS_EFLAGS]
        say     10
        call    show_seen
        show_state
        try     "CALL again, it goes on after its IRET", call T1:0
        show_state
        mov     eax, jumping_body
        call    new_task
        try     "JMP and back", jmp T1:0
        call    show_seen
        show_state
        mov     eax, jumping_body
        call    new_task
        mov     dword [TSS1 + TSS_EFLAGS], FLAG_NT | FLAG_CF | 2
        try     "JMP, NT in the new EFLAGS", jmp T1:0
        call    show_seen
        show_state
        mov     eax, task_body
        call    new_task
        stc
        try     "CALL with CF set", call T1:0
        setc    al
        say     "  CF after="
        call    print_hex_1
        say     " saved EFLAGS of main="
        show    8, [TSS + TSS_EFLAGS]
        say     " CS="
        show    8, [TSS + TSS_CS]
        say     " SS="
        show    8, [TSS + TSS_SS]
        say     10
        show_state
        ret

gates:  heading "task gates"
        mov     eax, task_body
        call    new_task
        try     "CALL through a gate", call G1:0
        call    show_seen
        show_state
        mov     eax, jumping_body
        call    new_task
        try     "JMP through a gate", jmp G1:0
        show_state
        mov     eax, task_body
        call    new_task
        mov     byte [descriptor_of(G1) + 5], 5
        try     "gate not present", call G1:0
        mov     byte [descriptor_of(G1) + 5], 85h
        mov     word [descriptor_of(G1) + 2], 0
        try     "gate with a null selector", call G1:0
        mov     word [descriptor_of(G1) + 2], 0Ch
        try     "gate with an LDT selector", call G1:0
        mov     word [descriptor_of(G1) + 2], KERNEL_DATA
        try     "gate with a data segment", call G1:0
        mov     word [descriptor_of(G1) + 2], 0FFF8h
        try     "gate beyond the GDT", call G1:0
        mov     word [descriptor_of(G1) + 2], T1
        try     "RPL above the gate's DPL", call G1 + 3:0
        try_user "CPL 3, gate of DPL 0", user_gate
        mov     byte [descriptor_of(G1) + 5], 0E5h
        try_user "CPL 3, gate of DPL 3", user_gate
        call    show_seen
        show_state
        mov     eax, task_body
        call    new_task
        try_user "CPL 3, TSS of DPL 0", user_tss
        mov     byte [descriptor_of(T1) + 5], 0E9h
        try_user "CPL 3, TSS of DPL 3", user_tss
        show_state
        ret
user_gate:
        call    G1:0
        int     RETURN_VECTOR
user_tss:
        call    T1:0
        int     RETURN_VECTOR

; A task gate in the IDT, for INT n and for exceptions with and without error code.
interrupts:
        heading "task gates in the IDT"
        mov     eax, task_body
        call    new_task
        mov     dword [IDT + FREE_VECTOR * 8], T1 << 16
        mov     dword [IDT + FREE_VECTOR * 8 + 4], 8500h
        try     "INT n", int FREE_VECTOR
        call    show_seen
        show_state
        mov     dword [IDT + FREE_VECTOR * 8 + 4], 0500h
        try     "gate not present", int FREE_VECTOR
        mov     dword [IDT + FREE_VECTOR * 8 + 4], 8500h
        mov     byte [descriptor_of(T1) + 5], 8Bh
        try     "TSS busy", int FREE_VECTOR
        mov     byte [descriptor_of(T1) + 5], 9
        try     "TSS not present", int FREE_VECTOR
        mov     byte [descriptor_of(T1) + 5], 89h
        mov     dword [descriptor_of(T1)], (TSS1 & 0FFFFh) << 16 | 66h
        try     "TSS too small", int FREE_VECTOR
        mov     eax, exception_task
        call    new_task
        mov     eax, [IDT + GP * 8]
        push    eax
        mov     eax, [IDT + GP * 8 + 4]
        push    eax
        mov     dword [IDT + GP * 8], T1 << 16
        mov     dword [IDT + GP * 8 + 4], 8500h
        mov     eax, 0FFF8h
        try     "#GP", mov ds, eax
        pop     dword [IDT + GP * 8 + 4]
        pop     dword [IDT + GP * 8]
        say     "  error code "
        show    8, [.code]
        say     " ESP "
        show    8, [.esp]
        say     " RF saved "
        mov     eax, [TSS + TSS_EFLAGS]
        shr     eax, 16
        and     eax, 1
        call    print_hex_1
        say     10
        show_state
        ret
exception_task:
        mov     [interrupts.esp], esp
        pop     dword [interrupts.code]
        mov     eax, [attempt_resume]
        mov     [TSS + TSS_EIP], eax
        call    note
        iretd
interrupts.code:
        dd 0
interrupts.esp:
        dd 0

; ------------------------------------------------------------------------------------------------- errors

bad_descriptors:
        heading "bad TSSs"
        mov     eax, task_body
        call    new_task
        mov     byte [descriptor_of(T1) + 5], 8Bh
        try     "JMP, busy", jmp T1:0
        try     "CALL, busy", call T1:0
        mov     byte [descriptor_of(T1) + 5], 9
        try     "not present", jmp T1:0
        mov     byte [descriptor_of(T1) + 5], 0Bh
        try     "busy and not present", jmp T1:0
        define  T1, TSS1, 66h, 89h, 0
        try     "limit 66H", jmp T1:0
        show_state
        define  T1, TSS1, 67h, 89h, 0
        try     "RPL 3, DPL 0", jmp T1 + 3:0
        try     "own TSS", jmp TSS_SELECTOR:0
        ret

; One field of the new task wrong at a time: the exception is met in the new task.
%macro task_case 2+
        mov     eax, jumping_body
        call    new_task
        %2
        try     %1, {call jump_to_task}
        show_state
%endmacro
; Return addresses are told as distances from the task's first instruction.
jump_to_task:
        mov     dword [attempt_start], jumping_body
        jmp     T1:0
        ret

bad_segments:
        heading "bad state of the new task"
        task_case "null CS", {mov dword [TSS1 + TSS_CS], 0}
        task_case "CS a data segment", {mov dword [TSS1 + TSS_CS], KERNEL_DATA}
        task_case "CS beyond the GDT", {mov dword [TSS1 + TSS_CS], 0FFF8h}
        task_case "CS of RPL 3, DPL 0", {mov dword [TSS1 + TSS_CS], KERNEL_CODE + 3}
        define  S1, 0, 0FFFFFh, 1Bh, 0Ch
        task_case "CS not present", {mov dword [TSS1 + TSS_CS], S1}
        define  S1, 0, 0FFFFFh, 0FFh, 0Ch
        task_case "conforming CS of DPL 3, RPL 0", {mov dword [TSS1 + TSS_CS], S1}
        task_case "null SS", {mov dword [TSS1 + TSS_SS], 0}
        task_case "SS of RPL 3", {mov dword [TSS1 + TSS_SS], USER_DATA}
        task_case "SS of DPL 3, RPL 0", {mov dword [TSS1 + TSS_SS], USER_DATA & ~3}
        task_case "SS a code segment", {mov dword [TSS1 + TSS_SS], KERNEL_CODE}
        define  S1, 0, 0FFFFFh, 13h, 0Ch
        task_case "DS not present", {mov dword [TSS1 + TSS_DS], S1}
        task_case "DS of RPL 3, DPL 0", {mov dword [TSS1 + TSS_DS], KERNEL_DATA + 3}
        task_case "DS a TSS", {mov dword [TSS1 + TSS_DS], TSS_SELECTOR}
        task_case "GS beyond the GDT", {mov dword [TSS1 + TSS_GS], 0FFF8h}
        task_case "null DS, ES, FS", {call null_data}
        define  S1, 0, 0FFFFFh, 99h, 0Ch
        task_case "ES execute-only code", {mov dword [TSS1 + TSS_ES], S1}
        task_case "LDT a data segment", {mov dword [TSS1 + TSS_LDT], KERNEL_DATA}
        task_case "LDT of an LDT selector", {mov dword [TSS1 + TSS_LDT], 0Ch}
        define  LDT_SELECTOR, LDT, 0FFh, 2, 0
        task_case "LDT not present", {mov dword [TSS1 + TSS_LDT], LDT_SELECTOR}
        define  LDT_SELECTOR, LDT, 0FFh, 82h, 0
        mov     dword [LDT + 8], 0FFFFh
        mov     dword [LDT + 12], 0CF9300h
        task_case "LDT, and DS in it", {call with_ldt}
        define  S1, 0, 0FFh, 9Bh, 4
        task_case "EIP beyond the limit", {mov dword [TSS1 + TSS_CS], S1}
        ret
null_data:
        mov     eax, KERNEL_DATA
        mov     dword [TSS1 + TSS_ES], 0
        mov     dword [TSS1 + TSS_FS], 3
        ret
with_ldt:
        mov     dword [TSS1 + TSS_LDT], LDT_SELECTOR
        mov     dword [TSS1 + TSS_DS], 0Ch
        ret

; IRET with NT set goes by the link of the present TSS.
nested_returns:
        heading "IRET with NT"
        mov     dword [TSS + TSS_LINK], 0
        try     "null link", {call iret_nt}
        mov     dword [TSS + TSS_LINK], 0Ch
        try     "link to an LDT", {call iret_nt}
        mov     dword [TSS + TSS_LINK], 0FFF8h
        try     "link beyond the GDT", {call iret_nt}
        mov     dword [TSS + TSS_LINK], KERNEL_DATA
        try     "link to a data segment", {call iret_nt}
        mov     eax, jumping_body
        call    new_task
        mov     dword [TSS + TSS_LINK], T1
        try     "link to a TSS that is not busy", {call iret_nt}
        mov     byte [descriptor_of(T1) + 5], 0Bh
        try     "link to one that is not present", {call iret_nt}
        define  T1, TSS1, 66h, 8Bh, 0
        try     "link to one that is too small", {call iret_nt}
        define  T1, TSS1, 67h, 8Bh, 0
        try     "good link", {call iret_nt}
        say     "  saved EFLAGS of main="
        show    8, [TSS + TSS_EFLAGS]
        say     10
        call    show_seen
        show_state
        ret
iret_nt:
        mov     dword [attempt_start], .there
        push    FLAG_NT | 2
        popfd
.there: iretd
        push    2
        popfd
        jmp     resume_attempt

; The T flag of the new TSS: #DB before its first instruction.
debug_trap:
        heading "debug trap flag"
        mov     eax, jumping_body
        call    new_task
        mov     byte [TSS1 + TSS_TRAP], 1
        mov     eax, 0FFFF0FF0h
        mov     dr6, eax
        try     "JMP", {call jump_to_task}
        mov     eax, dr6
        say     "  DR6="
        call    print_hex_8
        mov     eax, 0FFFF0FF0h
        mov     dr6, eax
        say     10
        show_state
        mov     eax, 0F0455h
        mov     dr7, eax
        mov     eax, jumping_body
        call    new_task
        try     "local breakpoints", jmp T1:0
        mov     eax, dr7
        say     "  DR7="
        call    print_hex_8
        mov     eax, 400h
        mov     dr7, eax
        say     10
        show_state
        ret

; With paging the new task's CR3 is loaded, without it is not.
address_spaces:
        heading "CR3"
        mov     eax, jumping_body
        call    new_task
        mov     dword [TSS1 + TSS_CR3], 12345000h
        mov     dword [TSS + TSS_CR3], 0
        try     "without paging", jmp T1:0
        mov     eax, cr3
        say     "  CR3="
        call    print_hex_8
        say     10
        show_state
        ; Identity map of 4 MiB, twice.
        mov     edi, DIRECTORY
        xor     eax, eax
        mov     ecx, 1000h
        cld
        rep     stosd
        mov     edi, TABLE
        mov     eax, P | RW | US
        mov     ecx, 1024
.page:  stosd
        add     eax, 1000h
        loop    .page
        mov     dword [DIRECTORY], TABLE | P | RW | US
        mov     dword [TABLE + 1000h], TABLE | P | RW | US
        mov     eax, DIRECTORY
        mov     cr3, eax
        mov     eax, cr0
        or      eax, CR0_PG
        mov     cr0, eax
        mov     eax, paging_body
        call    new_task
        mov     dword [TSS1 + TSS_CR3], TABLE + 1000h
        mov     dword [TSS + TSS_CR3], DIRECTORY
        try     "with paging", call T1:0
        mov     eax, cr3
        say     "  CR3="
        call    print_hex_8
        say     " in the task "
        show    8, [.seen]
        say     " saved for the task "
        show    8, [TSS1 + TSS_CR3]
        say     10
        show_state
        mov     eax, task_body
        call    new_task
        define  T1, 400000h - 40h, 67h, 89h, 0
        try     "TSS reaches into a missing page", jmp T1:0
        show_state
        mov     eax, cr0
        and     eax, ~CR0_PG
        mov     cr0, eax
        ret
.seen:  dd 0
paging_body:
        mov     eax, cr3
        mov     [address_spaces.seen], eax
        iretd

; A task with a 16-bit TSS, which runs 32-bit code in a segment of 64 KiB. It does not define the upper halves of the
; registers, so that the stack is a 16-bit one.
small_task:
        heading "16-bit TSS"
        mov     edi, TSS1
        xor     eax, eax
        mov     ecx, 80h / 4
        cld
        rep     stosd
        define  T1, TSS1, 2Bh, 81h, 0
        define  S1, IMAGE_BASE, 0FFFFh, 9Bh, 4
        mov     word [TSS1 + TSS16_IP], small_body - IMAGE_BASE
        mov     word [TSS1 + TSS16_FLAGS], 2
        mov     word [TSS1 + TSS16_AX], 0AAAAh
        mov     word [TSS1 + TSS16_SP], 8000h
        mov     word [TSS1 + TSS16_CS], S1
        define  S2, TARGETS, 0FFFFh, 93h, 0
        mov     word [TSS1 + TSS16_SS], S2
        mov     word [TSS1 + TSS16_DS], KERNEL_DATA
        mov     word [TSS1 + TSS16_ES], KERNEL_DATA
        try     "CALL", call T1:0
        call    show_seen
        say     "  saved AX="
        show    4, [TSS1 + TSS16_AX]
        say     " FLAGS="
        show    4, [TSS1 + TSS16_FLAGS]
        say     " FS of the task="
        show    4, [.fs]
        say     10
        show_state
        define  T1, TSS1, 2Ah, 81h, 0
        try     "limit 2AH", call T1:0
        ret
.fs:    dd 0
small_body:
        mov     [small_task.fs], fs
        call    note
        mov     eax, 1234BBBBh
        iretd

; A task in virtual-8086 mode, which comes back by INT 80H.
virtual_8086_task:
        heading "task in virtual-8086 mode"
        mov     eax, 0
        call    new_task
        mov     word [6000h], 0CE8Ch            ; MOV SI, CS
        mov     word [6002h], 80CDh             ; INT 80H
        mov     dword [TSS1 + TSS_EFLAGS], FLAG_VM | FLAG_IOPL | 2
        mov     dword [TSS1 + TSS_CS], 600h
        mov     dword [TSS1 + TSS_SS], 500h
        mov     dword [TSS1 + TSS_ESP], 0FFEh
        mov     dword [TSS1 + TSS_DS], 1234h
        try     "JMP", jmp T1:0
        say     "  SI="
        movzx   eax, si
        call    print_hex_4
        say     10
        show_state
        ret
