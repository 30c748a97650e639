; Exceptions and interrupts in 64-bit mode. SDM 3A, chapter "Interrupt and Exception Handling": vectors, error codes,
; return addresses, RF, checks of gates, double faults, IST, IRET.

        %include "lib/image.inc"
        %include "lib/long.inc"

FREE_VECTOR     equ 60h                         ; without a gate until a test sets one
GATE            equ IDT + FREE_VECTOR * 16
MISSING_PAGE    equ 8000000000h                 ; PML4 entry 1 is not present

main:   copy_user_code
        call    instructions
        call    opcodes
        call    privileges
        call    device_not_available
        call    alignment
        call    resume_flag
        call    gates
        call    double_faults
        call    interrupt_stacks
        call    return_from_interrupt
        ret

; ------------------------------------------------------------------------------------------------- each exception

instructions:
        heading "exceptions of instructions"
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 5
        try     "DIV by 0", div ecx
        mov     ecx, 1
        mov     edx, 1
        try     "DIV, quotient too large", div ecx
        mov     rax, 8000000000000000h
        cqo
        mov     rcx, -1
        try     "IDIV, quotient too large", idiv rcx
        mov     ax, 8000h
        mov     cl, -1
        try     "IDIV of 8 bits, quotient too large", idiv cl
        mov     eax, 0FFFFFF80h
        mov     cl, 1
        try     "IDIV of 8 bits, -128", idiv cl
        try     "INT3", int3
        try     "INT 3 (CD 03)", {db 0CDh, 3}
        try     "INT1", {db 0F1h}
        try     "INT 1", int 1
        try     "UD2", ud2
        try     "UD1", ud1 eax, ecx
        try     "UD0", {db 0Fh, 0FFh, 0C0h}
        try     "MOVAPS, unaligned", movaps xmm0, [TARGETS + 1]
        try     "MOVUPS, unaligned", movups xmm0, [TARGETS + 1]
        try     "PADDB, unaligned", paddb xmm0, [TARGETS + 8]
        try     "FXSAVE, unaligned", fxsave [TARGETS + 8]
        try     "CMPXCHG16B, unaligned", cmpxchg16b [TARGETS + 8]
        try     "LDMXCSR, reserved bits", ldmxcsr [.bad_mxcsr]
        ret
.bad_mxcsr:
        dd 0FFFF1F80h

; Encodings without a meaning in 64-bit mode, LOCK where it must not be, and too long instructions.
opcodes:
        heading "undefined opcodes"
%assign opcode 0
%rep 256
  %if opcode = 06h || opcode = 07h || opcode = 0Eh || opcode = 16h || opcode = 17h || opcode = 1Eh || opcode = 1Fh \
      || opcode = 27h || opcode = 2Fh || opcode = 37h || opcode = 3Fh || opcode = 60h || opcode = 61h || opcode = 82h \
      || opcode = 9Ah || opcode = 0CEh || opcode = 0D4h || opcode = 0D5h || opcode = 0D6h || opcode = 0EAh
        say     "opcode "
        mov     eax, opcode
        call    print_hex_2
        try     "", {db opcode, 0C0h, 0, 0, 0, 0, 0}
  %endif
  %assign opcode opcode + 1
%endrep
        try     "LOCK MOV", {db 0F0h, 89h, 03h}
        try     "LOCK ADD to a register", {db 0F0h, 01h, 0C0h}
        try     "LOCK CMP", {db 0F0h, 39h, 03h}
        try     "LOCK NOP", {db 0F0h, 90h}
        try     "LOCK BT", {db 0F0h, 0Fh, 0A3h, 03h}
        try     "MOV to CS", {db 8Eh, 0C8h}
        try     "MOV from segment register 6", {db 8Ch, 0F0h}
        try     "MOV from segment register 7", {db 8Ch, 0F8h}
        try     "MOV to CR1", {db 0Fh, 22h, 0C8h}
        try     "MOV from CR5", {db 0Fh, 20h, 0E8h}
        try     "MOV from CR15", {db 44h, 0Fh, 20h, 0F8h}
        try     "LEA from a register", {db 8Dh, 0C0h}
        try     "CMPXCHG8B of a register", {db 0Fh, 0C7h, 0C8h}
        try     "POP Ev with /1", {db 8Fh, 0C8h}
        try     "C6 /1", {db 0C6h, 0C8h, 0}
        try     "FE /2", {db 0FEh, 0D0h}
        try     "FF /7", {db 0FFh, 0F8h}
        try     "far JMP through a register", {db 0FFh, 0E8h}
        try     "LGDT of a register", {db 0Fh, 01h, 0D3h}
        try     "VMCALL outside VMX operation", vmcall
        try     "RSM", rsm
        try     "15 bytes", {db 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 90h}
        try     "16 bytes", {db 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 90h}
        try     "16 bytes of an undefined opcode", {db 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 66h, 0Fh, 0Bh}
        ret

; Instructions for CPL 0, at CPL 3 with IOPL 0.
%macro at_cpl_3 2
        try_user %1, %2
%endmacro
privileges:
        heading "CPL 3"
        at_cpl_3 "HLT", user_hlt
        at_cpl_3 "CLI", user_cli
        at_cpl_3 "STI", user_sti
        at_cpl_3 "IN", user_in
        at_cpl_3 "OUT", user_out
        at_cpl_3 "INSB", user_insb
        at_cpl_3 "MOV from CR0", user_read_cr0
        at_cpl_3 "MOV to CR3", user_write_cr3
        at_cpl_3 "MOV from DR0", user_read_dr0
        at_cpl_3 "MOV to DR7", user_write_dr7
        at_cpl_3 "MOV from CR1", user_read_cr1
        at_cpl_3 "LGDT", user_lgdt
        at_cpl_3 "LIDT", user_lidt
        at_cpl_3 "LLDT", user_lldt
        at_cpl_3 "LTR", user_ltr
        at_cpl_3 "SGDT", user_sgdt
        at_cpl_3 "SMSW", user_smsw
        at_cpl_3 "LMSW", user_lmsw
        at_cpl_3 "CLTS", user_clts
        at_cpl_3 "INVLPG", user_invlpg
        at_cpl_3 "INVD", user_invd
        at_cpl_3 "WBINVD", user_wbinvd
        at_cpl_3 "RDMSR", user_rdmsr
        at_cpl_3 "WRMSR", user_wrmsr
        at_cpl_3 "RDTSC", user_rdtsc
        at_cpl_3 "RDPMC", user_rdpmc
        at_cpl_3 "SWAPGS", user_swapgs
        at_cpl_3 "SYSRET", user_sysret
        at_cpl_3 "SYSEXIT", user_sysexit
        at_cpl_3 "INT3", user_int3
        at_cpl_3 "INT1", user_int1
        at_cpl_3 "INT 3 (CD 03)", user_int_3
        at_cpl_3 "INT 20H, gate of DPL 0", user_int_20
        at_cpl_3 "INT 60H, no gate", user_int_60
        at_cpl_3 "POPF with IF and IOPL", user_popf
        or      qword [user_flags], FLAG_IOPL
        at_cpl_3 "IOPL 3: CLI", user_cli
        at_cpl_3 "IOPL 3: IN", user_in
        at_cpl_3 "IOPL 3: POPF with IF", user_popf
        say     "  EFLAGS="
        show    8, [TARGET_FLAGS]
        say     10
        mov     qword [user_flags], 2
        set_cr4 CR4_TSD
        at_cpl_3 "CR4.TSD: RDTSC", user_rdtsc
        clear_cr4 CR4_TSD
        need    7, ecx, 2, "UMIP"
        set_cr4 CR4_UMIP
        at_cpl_3 "UMIP: SGDT", user_sgdt
        at_cpl_3 "UMIP: SIDT", user_sidt
        at_cpl_3 "UMIP: SLDT", user_sldt
        at_cpl_3 "UMIP: STR", user_str
        at_cpl_3 "UMIP: SMSW", user_smsw
        try     "UMIP, CPL 0: SGDT", sgdt [TARGETS]
        clear_cr4 CR4_UMIP
        ret
TARGET_FLAGS    equ USER_AREA + 1000h

user_code_start:
%macro user_instruction 2+
user_%1:
        %2
        int     RETURN_VECTOR
%endmacro
        user_instruction hlt, hlt
        user_instruction cli, cli
        user_instruction sti, sti
        user_instruction in, in al, 80h
        user_instruction out, out 80h, al
        user_instruction insb, insb
        user_instruction read_cr0, mov rax, cr0
        user_instruction read_cr1, {db 0Fh, 20h, 0C8h}
        user_instruction write_cr3, mov cr3, rax
        user_instruction read_dr0, mov rax, dr0
        user_instruction write_dr7, mov dr7, rax
        user_instruction lgdt, lgdt [USER_AREA + 1000h]
        user_instruction lidt, lidt [USER_AREA + 1000h]
        user_instruction lldt, lldt ax
        user_instruction ltr, ltr ax
        user_instruction sgdt, sgdt [USER_AREA + 1000h]
        user_instruction sidt, sidt [USER_AREA + 1000h]
        user_instruction sldt, sldt ax
        user_instruction str, str ax
        user_instruction smsw, smsw eax
        user_instruction lmsw, lmsw ax
        user_instruction clts, clts
        user_instruction invlpg, invlpg [rax]
        user_instruction invd, invd
        user_instruction wbinvd, wbinvd
        user_instruction rdmsr, rdmsr
        user_instruction wrmsr, wrmsr
        user_instruction rdtsc, rdtsc
        user_instruction rdpmc, rdpmc
        user_instruction swapgs, swapgs
        user_instruction sysret, o64 sysret
        user_instruction sysexit, sysexit
        user_instruction int3, int3
        user_instruction int1, {db 0F1h}
        user_instruction int_3, {db 0CDh, 3}
        user_instruction int_20, int 20h
        user_instruction int_60, int 60h
        user_instruction div, div cl
        user_instruction ud2, ud2
        user_instruction read, mov eax, [rbx]
user_return:
        int     RETURN_VECTOR
user_iret:
        mov     rax, rsp
        push    USER_DATA
        push    rax
        push    FLAG_IF | FLAG_IOPL | FLAG_AC | FLAG_ID | 2
        push    USER_CODE
        lea     rax, [rel .there]
        push    rax
        iretq
.there: pushfq
        pop     qword [TARGET_FLAGS]
        int     RETURN_VECTOR
user_iret_inner:
        push    KERNEL_DATA
        push    rax
        push    2
        push    KERNEL_CODE
        push    returned
        iretq
user_popf:
        push    FLAG_IF | FLAG_IOPL | 2
        popfq
        pushfq
        pop     qword [TARGET_FLAGS]
        int     RETURN_VECTOR
; Accesses with RBX at an odd address.
%macro user_access 2+
user_%1:
        mov     rbx, USER_AREA + 1801h
        %2
        int     RETURN_VECTOR
%endmacro
        user_access ac_byte, mov al, [rbx]
        user_access ac_word, mov ax, [rbx]
        user_access ac_word_2, mov ax, [rbx + 1]
        user_access ac_dword, mov eax, [rbx + 1]
        user_access ac_dword_4, mov eax, [rbx + 3]
        user_access ac_qword, mov rax, [rbx + 3]
        user_access ac_write, mov [rbx], eax
        user_access ac_add, add [rbx], eax
user_ac_push:
        mov     rbx, USER_AREA + 1801h
        mov     rsp, rbx
        push    rax
        int     RETURN_VECTOR
        user_access ac_fld, fld qword [rbx + 3]
        user_access ac_fld80, fld tword [rbx + 7]
user_ac_movsb:
        mov     rbx, USER_AREA + 1801h
        mov     rsi, rbx
        mov     rdi, rbx
        movsb
        int     RETURN_VECTOR
user_ac_movsd:
        mov     rbx, USER_AREA + 1801h
        mov     rsi, rbx
        mov     rdi, rbx
        movsd
        int     RETURN_VECTOR
user_code_end:

device_not_available:
        heading "#NM and #UD by CR0"
        xor     ecx, ecx                        ; MP 2, EM 4, TS 8
.next:  mov     rax, cr0
        and     eax, ~(CR0_MP | CR0_EM | CR0_TS)
        or      eax, ecx
        mov     [.cr0], rax
        say     "MP="
        bt      ecx, 1
        call    .bit
        say     " EM="
        bt      ecx, 2
        call    .bit
        say     " TS="
        bt      ecx, 3
        call    .bit
        say     10
        try     " FNOP", {call .fnop}
        try     " FWAIT", {call .fwait}
        try     " EMMS", {call .emms}
        try     " ADDPS", {call .addps}
        try     " CRC32", {call .crc32}
        try     " FXSAVE", {call .fxsave}
        try     " LDMXCSR", {call .ldmxcsr}
        try     " SFENCE", {call .sfence}
        try     " MOVNTI", {call .movnti}
        call    .restore
        add     ecx, 2
        cmp     ecx, 16
        jb      .next
        clear_cr4 CR4_OSFXSR
        try     "CR4.OSFXSR=0: ADDPS", addps xmm0, xmm1
        try     "CR4.OSFXSR=0: PADDB mm", paddb mm0, mm1
        try     "CR4.OSFXSR=0: FXSAVE", fxsave [TARGETS]
        try     "CR4.OSFXSR=0: LDMXCSR", ldmxcsr [mxcsr_default]
        try     "CR4.OSFXSR=0: SFENCE", sfence
        try     "CR4.OSFXSR=0: PREFETCHT0", prefetcht0 [TARGETS]
        try     "CR4.OSFXSR=0: MOVNTI", movnti [TARGETS], eax
        set_cr4 CR4_OSFXSR
        emms
        ret
%macro under_cr0 2+
%1:     mov     rax, [device_not_available.cr0]
        mov     cr0, rax
        mov     qword [attempt_start], %%start
%%start:
        %2
        call    device_not_available.restore
        ret
%endmacro
        under_cr0 .fnop, fnop
        under_cr0 .fwait, fwait
        under_cr0 .emms, emms
        under_cr0 .addps, addps xmm0, xmm1
        under_cr0 .crc32, crc32 eax, bl
        under_cr0 .fxsave, fxsave [TARGETS]
        under_cr0 .ldmxcsr, ldmxcsr [mxcsr_default]
        under_cr0 .sfence, sfence
        under_cr0 .movnti, movnti [TARGETS], eax
.restore:
        mov     rax, cr0
        and     eax, ~(CR0_EM | CR0_TS)
        or      eax, CR0_MP
        mov     cr0, rax
        ret
.bit:   mov     al, '0'
        adc     al, 0
        jmp     print_character
.cr0:   dq 0
mxcsr_default:
        dd 1F80h

alignment:
        heading "alignment checking"
        mov     rax, cr0
        or      eax, CR0_AM
        mov     cr0, rax
        at_cpl_3 "AC=0: dword at 2", user_ac_dword
        mov     qword [user_flags], FLAG_AC | 2
        at_cpl_3 "byte at 1", user_ac_byte
        at_cpl_3 "word at 1", user_ac_word
        at_cpl_3 "word at 2", user_ac_word_2
        at_cpl_3 "dword at 2", user_ac_dword
        at_cpl_3 "dword at 4", user_ac_dword_4
        at_cpl_3 "qword at 4", user_ac_qword
        at_cpl_3 "write of a dword at 1", user_ac_write
        at_cpl_3 "ADD to a dword at 1", user_ac_add
        at_cpl_3 "PUSH at 1", user_ac_push
        at_cpl_3 "FLD of a qword at 4", user_ac_fld
        at_cpl_3 "FLD of 80 bits at 8", user_ac_fld80
        at_cpl_3 "MOVSB at 1", user_ac_movsb
        at_cpl_3 "MOVSD at 1", user_ac_movsd
        mov     rax, cr0
        and     eax, ~CR0_AM
        mov     cr0, rax
        at_cpl_3 "CR0.AM=0: dword at 2", user_ac_dword
        mov     qword [user_flags], 2
        mov     rax, cr0
        or      eax, CR0_AM
        mov     cr0, rax
        push    FLAG_AC | 2
        popfq
        try     "CPL 0: dword at 1", mov eax, [TARGETS + 1]
        push    2
        popfq
        mov     rax, cr0
        and     eax, ~CR0_AM
        mov     cr0, rax
        ret

; What is pushed as RF: SDM 3B, "Instruction-Breakpoint Exception Condition".
%macro show_flags 1
        say     "  pushed RF="
        mov     eax, [attempt_flags]
        shr     eax, 16
        and     eax, 1
        call    print_hex_1
        say     10
%endmacro
resume_flag:
        heading "RF"
        try     "UD2", ud2
        show_flags 0
        try     "page fault", mov rax, [abs qword MISSING_PAGE]
        show_flags 0
        try     "INT3", int3
        show_flags 0
        try     "INT 20H", int 20h
        show_flags 0
        try     "INT1", {db 0F1h}
        show_flags 0
        try     "IRET with RF, then NOP and INT 20H", {call .iret_with_rf}
        show_flags 0
        try     "POPF with RF, then INT 20H", {call .popf_with_rf}
        show_flags 0
        ret
.iret_with_rf:
        mov     rax, rsp
        push    KERNEL_DATA
        push    rax
        push    FLAG_RF | 2
        push    KERNEL_CODE
        push    .returned
        iretq
.returned:
        nop
        mov     qword [attempt_start], .first
.first: int     20h
.popf_with_rf:
        push    FLAG_RF | 2
        popfq
        mov     qword [attempt_start], .second
.second:
        int     20h

; ------------------------------------------------------------------------------------------------- gates

; One gate at FREE_VECTOR, with one thing wrong at a time; INT 60H through it.
%macro gate_case 2+
        call    good_gate
        %2
        try     %1, int FREE_VECTOR
%endmacro
good_gate:
        push    rax
        push    rbx
        push    rdx
        mov     edx, FREE_VECTOR
        mov     rax, gate_handler
        mov     bl, 8Eh
        call    set_gate
        pop     rdx
        pop     rbx
        pop     rax
        ret
gate_handler:
        push    0
        push    FREE_VECTOR
        jmp     exception_common

; Puts a descriptor into the GDT and its selector into the gate.
%macro use_descriptor 1
        mov     rax, %1
        mov     [free_descriptors], rax
        mov     word [GATE + 2], FREE_SELECTOR
%endmacro

gates:  heading "gates"
        gate_case "good gate", nop
        gate_case "trap gate", {mov byte [GATE + 5], 8Fh}
        gate_case "not present", {mov byte [GATE + 5], 0Eh}
        gate_case "not a gate: 0", {mov byte [GATE + 5], 80h}
        gate_case "16-bit interrupt gate", {mov byte [GATE + 5], 86h}
        gate_case "task gate", {mov byte [GATE + 5], 85h}
        gate_case "call gate", {mov byte [GATE + 5], 8Ch}
        gate_case "S bit set", {mov byte [GATE + 5], 9Eh}
        gate_case "null selector", {mov word [GATE + 2], 3}
        gate_case "data segment", {mov word [GATE + 2], KERNEL_DATA}
        gate_case "TSS as code", {mov word [GATE + 2], TSS_SELECTOR}
        gate_case "32-bit code", {mov word [GATE + 2], KERNEL_CODE_32}
        gate_case "code of DPL 3", {mov word [GATE + 2], USER_CODE}
        gate_case "RPL is ignored", {mov word [GATE + 2], KERNEL_CODE + 3}
        gate_case "beyond the GDT", {mov word [GATE + 2], 0FF8h}
        gate_case "in no LDT", {mov word [GATE + 2], 0Ch}
        gate_case "code not present", {use_descriptor 00AF1B000000FFFFh}
        gate_case "code with D and L", {use_descriptor 00EF9B000000FFFFh}
        gate_case "conforming code", {use_descriptor 00AF9F000000FFFFh}
        gate_case "RIP not canonical", {mov byte [GATE + 10], 1}
        gate_case "IST 1", {mov byte [GATE + 4], 1}
        say     "  RSP of the frame, distance from the IST: "
        mov     rax, IST_STACK_TOP
        sub     rax, [attempt_frame]
        call    print_hex_4
        say     10
        mov     word [idt_pointer], FREE_VECTOR * 16 + 14
        lidt    [idt_pointer]
        gate_case "limit one byte short", nop
        mov     word [idt_pointer], FREE_VECTOR * 16 + 15
        lidt    [idt_pointer]
        gate_case "limit of just the gate", nop
        mov     word [idt_pointer], 4095
        lidt    [idt_pointer]
        ; At CPL 3.
        call    good_gate
        at_cpl_3 "CPL 3, gate of DPL 0", user_int_60
        mov     byte [GATE + 5], 0EEh
        at_cpl_3 "CPL 3, gate of DPL 3", user_int_60
        say     "  pushed SS="
        show    4, [attempt_ss]
        say     " CS="
        show    4, [attempt_cs]
        say     " SS in the handler="
        show    4, [handler_ss]
        say     " RSP from RSP0="
        mov     rax, RSP0_STACK_TOP
        sub     rax, [attempt_frame]
        call    print_hex_4
        say     10
        mov     byte [GATE + 5], 6Eh
        at_cpl_3 "CPL 3, not present", user_int_60
        mov     byte [GATE + 5], 0EEh
        mov     word [GATE + 2], 0
        at_cpl_3 "CPL 3, null selector", user_int_60
        ; Hardware exceptions set EXT in the code, software ones do not.
        mov     byte [IDT + UD * 16 + 5], 0Eh
        try     "#UD, gate not present", ud2
        mov     byte [IDT + UD * 16 + 5], 8Eh
        mov     byte [IDT + BP_ * 16 + 5], 0Eh
        try     "INT3, gate not present", int3
        mov     byte [IDT + BP_ * 16 + 5], 8Eh
        mov     byte [IDT + DB_ * 16 + 5], 0Eh
        try     "INT1, gate not present", {db 0F1h}
        mov     byte [IDT + DB_ * 16 + 5], 8Eh
        mov     word [IDT + UD * 16 + 2], 0
        try     "#UD, null selector", ud2
        mov     word [IDT + UD * 16 + 2], KERNEL_DATA
        try     "#UD, data segment", ud2
        mov     word [IDT + UD * 16 + 2], KERNEL_CODE
        ret

; ------------------------------------------------------------------------------------------------- double faults

; fault_in_delivery "title", vector, instruction: the gate of the vector is not present, then of a wrong type, then
; its stack is not mapped, then at an address that is not canonical.
%macro fault_in_delivery 3+
        mov     byte [IDT + %2 * 16 + 5], 0Eh
        say     %1
        try     ", then #NP", %3
        mov     byte [IDT + %2 * 16 + 5], 85h
        say     %1
        try     ", then #GP", %3
        mov     byte [IDT + %2 * 16 + 5], 8Eh
        mov     byte [IDT + %2 * 16 + 4], 2
        say     %1
        try     ", then #PF", %3
        mov     byte [IDT + %2 * 16 + 4], 3
        say     %1
        try     ", then #SS", %3
        mov     byte [IDT + %2 * 16 + 4], 1
%endmacro

double_faults:
        heading "faults in the delivery of exceptions"
        mov     rax, MISSING_PAGE + 1000h
        mov     [TSS + 36 + 8], rax             ; IST 2
        mov     rax, 800000001000h
        mov     [TSS + 36 + 16], rax            ; IST 3
        xor     ecx, ecx
        mov     rbx, MISSING_PAGE
        mov     rbp, 800000000000h
        mov     rsi, rbp
        fault_in_delivery "#DE", DE, div ecx
        fault_in_delivery "#UD", UD, ud2
        fault_in_delivery "#GP", GP, lock inc byte [rsi]
        fault_in_delivery "#SS", SS_, mov al, [rbp]
        fault_in_delivery "#PF", PF, mov al, [rbx]
        fault_in_delivery "INT3", BP_, int3
        fault_in_delivery "INT 0", DE, int 0
        fault_in_delivery "INT1", DB_, {db 0F1h}
        fault_in_delivery "INT 14", PF, int 14
        ret

interrupt_stacks:
        heading "stacks of handlers"
        mov     rax, IST_STACK_TOP
        mov     ecx, 7
        mov     rdi, TSS + 36
.ist:   mov     [rdi], rax
        add     rax, IST_STACK_BYTES
        add     rdi, 8
        loop    .ist
        mov     ecx, 1
.next:  call    good_gate
        mov     [GATE + 4], cl
        say     "IST "
        show    1, rcx
        try     "", int FREE_VECTOR
        say     "  frame at "
        show    8, [attempt_frame]
        say     10
        inc     ecx
        cmp     ecx, 8
        jb      .next
        call    good_gate
%assign distance 0
%rep 4
        try_with_stack "unaligned RSP", STACK_TOP - 101h - distance * 7, int FREE_VECTOR
        say     "  frame at "
        show    8, [attempt_frame]
        say     " pushed RSP "
        show    8, [attempt_rsp]
        say     10
  %assign distance distance + 1
%endrep
        ; RSP0 of the TSS is used from CPL 3 only, IST always.
        mov     byte [GATE + 5], 0EEh
        mov     byte [GATE + 4], 2
        try_user "CPL 3, IST 2", user_int_60
        say     "  frame at "
        show    8, [attempt_frame]
        say     10
        mov     byte [GATE + 4], 0
        mov     rax, MISSING_PAGE + 1000h
        mov     [TSS + 4], rax
        try_user "CPL 3, RSP0 not mapped", user_int_60
        mov     rax, 800000001000h
        mov     [TSS + 4], rax
        try_user "CPL 3, RSP0 not canonical", user_int_60
        mov     qword [TSS + 4], RSP0_STACK_TOP
        mov     byte [GATE + 5], 8Eh
        ret

; ------------------------------------------------------------------------------------------------- IRET

; iret_case "title", SS, RSP, RFLAGS, CS, RIP
%macro iret_case 6
        say     %1, ": "
        call    begin_attempt
        mov     qword [attempt_resume], %%end
        mov     qword [attempt_start], %%start
        mov     [attempt_stack], rsp
        push    %2
        mov     rax, %3
        push    rax
        push    %4
        push    %5
        mov     rax, %6
        push    rax
%%start:
        iretq
%%end:  mov     rsp, [attempt_stack]
        mov     eax, KERNEL_DATA
        mov     ss, eax
        push    2
        popfq
        call    end_attempt
%endmacro

returned:
        jmp     [attempt_resume]

return_from_interrupt:
        heading "IRETQ"
        iret_case "same level", KERNEL_DATA, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        iret_case "null SS", 0, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        iret_case "null SS, RPL 3", 3, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        iret_case "RSP not canonical", KERNEL_DATA, 800000000000h, 2, KERNEL_CODE, returned
        iret_case "RIP not canonical", KERNEL_DATA, STACK_TOP - 100h, 2, KERNEL_CODE, 800000000000h
        iret_case "null CS", KERNEL_DATA, STACK_TOP - 100h, 2, 0, returned
        iret_case "null CS, RPL 3", KERNEL_DATA, STACK_TOP - 100h, 2, 3, returned
        iret_case "CS a data segment", KERNEL_DATA, STACK_TOP - 100h, 2, KERNEL_DATA, returned
        iret_case "CS a TSS", KERNEL_DATA, STACK_TOP - 100h, 2, TSS_SELECTOR, returned
        iret_case "CS beyond the GDT", KERNEL_DATA, STACK_TOP - 100h, 2, 0FF8h, returned
        iret_case "CS of DPL 3, RPL 0", KERNEL_DATA, STACK_TOP - 100h, 2, USER_CODE - 3, returned
        iret_case "CS of DPL 0, RPL 3", KERNEL_DATA, STACK_TOP - 100h, 2, KERNEL_CODE + 3, returned
        mov     rax, 00AF1B000000FFFFh
        mov     [free_descriptors], rax
        iret_case "CS not present", KERNEL_DATA, STACK_TOP - 100h, 2, FREE_SELECTOR, returned
        mov     rax, 00EF9B000000FFFFh
        mov     [free_descriptors], rax
        iret_case "CS with D and L", KERNEL_DATA, STACK_TOP - 100h, 2, FREE_SELECTOR, returned
        iret_case "SS of DPL 3", USER_DATA, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        iret_case "SS a code segment", KERNEL_CODE, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        mov     rax, 00CF91000000FFFFh
        mov     [free_descriptors], rax
        iret_case "SS read-only", FREE_SELECTOR, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        mov     rax, 00CF13000000FFFFh
        mov     [free_descriptors], rax
        iret_case "SS not present", FREE_SELECTOR, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        iret_case "to CPL 3", USER_DATA, USER_STACK_TOP, 2, USER_CODE, USER_AREA + user_return - user_code_start
        iret_case "to CPL 3, null SS", 0, USER_STACK_TOP, 2, USER_CODE, USER_AREA
        iret_case "to CPL 3, null SS, RPL 3", 3, USER_STACK_TOP, 2, USER_CODE, USER_AREA + user_return - user_code_start
        iret_case "to CPL 3, SS of DPL 0", KERNEL_DATA, USER_STACK_TOP, 2, USER_CODE, USER_AREA
        iret_case "to compatibility mode", USER_DATA, USER_STACK_TOP, 2, USER_CODE_32, USER_AREA + user_return - user_code_start
        iret_case "to compatibility mode, null SS", 3, USER_STACK_TOP, 2, USER_CODE_32, USER_AREA
        iret_case "to compatibility mode, RIP beyond 4 GiB", USER_DATA, USER_STACK_TOP, 2, USER_CODE_32, 100400000h
        iret_case "VM is ignored", KERNEL_DATA, STACK_TOP - 100h, FLAG_VM | 2, KERNEL_CODE, returned
        iret_case "NT in the image", KERNEL_DATA, STACK_TOP - 100h, FLAG_NT | 2, KERNEL_CODE, returned
        push    FLAG_NT | 2
        popfq
        iret_case "NT set", KERNEL_DATA, STACK_TOP - 100h, 2, KERNEL_CODE, returned
        try_with_stack "stack not mapped", MISSING_PAGE, iretq
        try_with_stack "stack not canonical", 800000000000h, iretq
        ; Flags that IRETQ loads at CPL 0, and at CPL 3 with IOPL 0.
        say     "flags at CPL 0: "
        mov     rax, rsp
        push    KERNEL_DATA
        push    rax
        push    3F7FD7h & ~(FLAG_IF | FLAG_TF | FLAG_NT)
        push    KERNEL_CODE
        push    .flags
        iretq
.flags: pushfq
        pop     rax
        push    2
        popfq
        call    print_hex_8
        say     10
        try_user "IRETQ at CPL 3", user_iret
        say     "  flags="
        show    8, [TARGET_FLAGS]
        say     10
        try_user "IRETQ at CPL 3 to CPL 0", user_iret_inner
        ret
