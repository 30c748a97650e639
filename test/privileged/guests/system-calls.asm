; System calls, control registers, MSRs and what belongs to them, in 64-bit and compatibility mode. SDM 2, "SYSCALL",
; "SYSRET", "SYSENTER", "SYSEXIT", "SWAPGS", "WRMSR", "MOV—Move to/from Control Registers", "CALL".

        %include "lib/image.inc"
        %include "lib/long.inc"

IA32_STAR       equ 0C0000081h
IA32_LSTAR      equ 0C0000082h
IA32_CSTAR      equ 0C0000083h
IA32_FMASK      equ 0C0000084h
IA32_FS_BASE    equ 0C0000100h
IA32_GS_BASE    equ 0C0000101h
IA32_KERNEL_GS_BASE equ 0C0000102h
IA32_TSC_AUX    equ 0C0000103h
SYSENTER_CS     equ 174h
SYSENTER_ESP    equ 175h
SYSENTER_EIP    equ 176h
S1              equ FREE_SELECTOR               ; system descriptors of 16 bytes
S1_SLOT         equ free_descriptors
S2_SLOT         equ free_descriptors + 16
S2              equ FREE_SELECTOR + 16
NOT_CANONICAL   equ 4000000000000000h           ; neither with 48 nor with 57 bits

main:   copy_user_code
        call    model_specific_registers
        call    control_registers
        call    system_call
        call    system_return
        call    fast_entry
        call    bases
        call    port_map
        call    time_stamps
        call    extended_control
        call    cpuid_bits
        call    call_gates
        call    system_descriptors
        call    compatibility_mode
        ret

; write_msr INDEX, low, high
%macro write_msr 2-3 0
        mov     ecx, %1
        mov     eax, %2
        mov     edx, %3
        wrmsr
%endmacro
; msr_case "title", INDEX, value: WRMSR, then what is read.
%macro msr_case 3
        mov     ecx, %2
        mov     rax, %3
        mov     rdx, rax
        shr     rdx, 32
        try     %1, wrmsr
        call    show_msr_if_written
%endmacro
show_msr_if_written:
        cmp     dword [attempt_vector], -1
        jne     .end
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        say     "  reads "
        call    print_hex_16
        say     10
.end:   ret

model_specific_registers:
        heading "MSRs"
        mov     ecx, 0C0001234h
        try     "RDMSR of none", rdmsr
        try     "WRMSR of none", wrmsr
        mov     ecx, IA32_EFER
        rdmsr
        mov     [.efer], rax
        say     "EFER "
        call    print_hex_8
        say     10
        msr_case "EFER.SCE", IA32_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE
        msr_case "EFER bit 1", IA32_EFER, 2 | EFER_LME | EFER_LMA | EFER_NXE
        msr_case "EFER bit 63", IA32_EFER, EFER_LME | EFER_LMA | EFER_NXE | 1 << 63
        msr_case "EFER.LME cleared", IA32_EFER, EFER_LMA | EFER_NXE
        msr_case "EFER.LMA cleared", IA32_EFER, EFER_LME | EFER_NXE
        msr_case "LSTAR", IA32_LSTAR, 0FFFF800000000000h
        msr_case "LSTAR, not canonical", IA32_LSTAR, NOT_CANONICAL
        msr_case "CSTAR, not canonical", IA32_CSTAR, NOT_CANONICAL
        msr_case "STAR", IA32_STAR, 0123456789ABCDEFh
        msr_case "FMASK", IA32_FMASK, 0FFFFFFFFh
        msr_case "FS base, not canonical", IA32_FS_BASE, NOT_CANONICAL
        msr_case "GS base, not canonical", IA32_GS_BASE, NOT_CANONICAL
        msr_case "kernel GS base, not canonical", IA32_KERNEL_GS_BASE, NOT_CANONICAL
        msr_case "SYSENTER_ESP", SYSENTER_ESP, 0FFFF800000000000h
        msr_case "SYSENTER_ESP, not canonical", SYSENTER_ESP, NOT_CANONICAL
        msr_case "SYSENTER_EIP, not canonical", SYSENTER_EIP, NOT_CANONICAL
        msr_case "TSC_AUX", IA32_TSC_AUX, 12345678h
        msr_case "TSC_AUX bit 32", IA32_TSC_AUX, 1 << 32
        msr_case "PAT", 277h, 0007040600070406h
        msr_case "PAT type 2", 277h, 0007040600070402h
        msr_case "PAT type 3", 277h, 0307040600070406h
        msr_case "PAT type 8", 277h, 0007080600070406h
        msr_case "MTRR_DEF_TYPE, type 2", 2FFh, 0C02h
        msr_case "MTRR_DEF_TYPE bit 9", 2FFh, 0E06h
        msr_case "MTRR_PHYSBASE0, type 7", 200h, 7
        msr_case "MTRR_PHYSBASE0 bit 8", 200h, 106h
        msr_case "MTRR_PHYSMASK0 bit 10", 201h, 400h
        msr_case "MTRR_FIX64K_00000, type 9", 250h, 0606060606060609h
        msr_case "MTRRCAP", 0FEh, 0
        msr_case "APIC_BASE bit 9", 1Bh, 0FEE00B00h
        msr_case "APIC_BASE: x2APIC without xAPIC", 1Bh, 0FEE00500h
        mov     ecx, IA32_EFER
        mov     rax, [.efer]
        xor     edx, edx
        wrmsr
        ret
.efer:  dq 0

; register_case "title", register, value
%macro register_case 3
        mov     rax, %3
        try     %1, mov %2, rax
%endmacro
%define USUAL_CR0 (CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_PG | 10h)
%define USUAL_CR4 (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT)

control_registers:
        heading "control registers"
        register_case "CR0 bit 32", cr0, USUAL_CR0 | 1 << 32
        register_case "CR0 bit 63", cr0, USUAL_CR0 | 1 << 63
        register_case "CR0.PG cleared", cr0, USUAL_CR0 & ~CR0_PG
        register_case "CR0.PE cleared", cr0, USUAL_CR0 & ~CR0_PE
        register_case "CR0.NW without CD", cr0, USUAL_CR0 | CR0_NW
        register_case "CR0.CD and NW", cr0, USUAL_CR0 | CR0_NW | CR0_CD
        register_case "CR0 reserved bits", cr0, USUAL_CR0 | 1FFAFFC0h
        mov     rax, cr0
        say     "  CR0="
        call    print_hex_16
        say     10
        register_case "CR0.ET cleared", cr0, USUAL_CR0 & ~10h
        mov     rax, cr0
        say     "  CR0="
        call    print_hex_16
        say     10
        register_case "CR4 bit 15", cr4, USUAL_CR4 | 1 << 15
        register_case "CR4 bit 31", cr4, USUAL_CR4 | 1 << 31
        register_case "CR4 bit 32", cr4, USUAL_CR4 | 1 << 32
        register_case "CR4.PAE cleared", cr4, USUAL_CR4 & ~CR4_PAE
        register_case "CR4.PSE", cr4, USUAL_CR4 | CR4_PSE
        register_case "CR4 again", cr4, USUAL_CR4
        register_case "CR3 bit 51", cr3, PML4 | 1 << 51
        register_case "CR3 bit 52", cr3, PML4 | 1 << 52
        register_case "CR3 bit 63, CR4.PCIDE=0", cr3, PML4 | 1 << 63
        register_case "CR3 bits 11:0", cr3, PML4 | 0FFFh
        mov     rax, cr3
        say     "  CR3="
        call    print_hex_16
        say     10
        register_case "CR3 again", cr3, PML4
        register_case "CR2, not canonical", cr2, NOT_CANONICAL
        register_case "CR8 of 15", cr8, 15
        mov     rax, cr8
        say     "  CR8="
        call    print_hex_16
        say     10
        register_case "CR8 of 16", cr8, 16
        register_case "CR8 of 0", cr8, 0
        mov     eax, 0FFF0h
        try     "LMSW without PE", lmsw ax
        mov     rax, cr0
        say     "  CR0="
        call    print_hex_8
        mov     ax, 0Eh
        lmsw    ax
        smsw    rax
        say     " SMSW "
        call    print_hex_16
        clts
        smsw    rax
        say     " after CLTS "
        call    print_hex_16
        mov     eax, 3
        lmsw    ax
        say     10
        mov     rax, USUAL_CR0
        mov     cr0, rax
        ret

; ------------------------------------------------------------------------------------------------- SYSCALL

seen_rcx:
        dq 0
seen_r11:
        dq 0
seen_rsp:
        dq 0
seen_cs:
        dq 0
seen_ss:
        dq 0
seen_flags:
        dq 0

; Where SYSCALL and SYSENTER come in: keeps an account, and ends the attempt.
system_entry:
        mov     [seen_rsp], rsp
        mov     rsp, STACK_TOP - 4000h
        pushfq
        pop     qword [seen_flags]
        mov     [seen_rcx], rcx
        mov     [seen_r11], r11
        mov     word [seen_cs], cs
        mov     word [seen_ss], ss
        push    2
        popfq
        jmp     return_from_user

show_entry:
        cmp     dword [attempt_vector], -1
        jne     .end
        say     "  cs="
        show    4, [seen_cs]
        say     " ss="
        show    4, [seen_ss]
        say     " rcx="
        show    16, [seen_rcx]
        say     " r11="
        show    16, [seen_r11]
        say     " rsp="
        show    16, [seen_rsp]
        say     " rflags="
        show    8, [seen_flags]
        say     10
.end:   ret

enable_system_calls:
        write_msr IA32_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE
        write_msr IA32_STAR, 0, (USER_CODE_32 << 16) | KERNEL_CODE
        write_msr IA32_LSTAR, system_entry
        write_msr IA32_CSTAR, system_entry
        write_msr IA32_FMASK, FLAG_IF | FLAG_DF
        ret

system_call:
        heading "SYSCALL"
        write_msr IA32_EFER, EFER_LME | EFER_LMA | EFER_NXE
        try_user "EFER.SCE=0", user_syscall
        try     "SYSRET, EFER.SCE=0", {o64 sysret}
        call    enable_system_calls
        try_user "from 64-bit mode", user_syscall
        call    show_entry
        mov     qword [user_flags], FLAG_IOPL | FLAG_ID | FLAG_AC | FLAG_CF | FLAG_DF | 2
        try_user "flags, FMASK of DF and IF", user_syscall
        call    show_entry
        write_msr IA32_FMASK, 0FFFFFFFFh
        try_user "flags, FMASK of all", user_syscall
        call    show_entry
        mov     qword [user_flags], 2
        write_msr IA32_STAR, 0, (USER_CODE_32 << 16) | (KERNEL_CODE + 3)
        try_user "RPL 3 in STAR", user_syscall
        call    show_entry
        call    enable_system_calls
        mov     qword [user_code_selector], USER_CODE_32
        try_user "from compatibility mode", user_syscall
        mov     qword [user_code_selector], USER_CODE
        try     "at CPL 0", {call syscall_at_0}
        call    show_entry
        ret
syscall_at_0:
        mov     qword [attempt_start], .there
.there: syscall

; return_case "title", RCX, R11, size prefix: SYSRET to CPL 3.
%macro return_case 4
        say     %1, ": "
        call    begin_attempt
        mov     qword [attempt_resume], %%end
        mov     qword [attempt_start], %%start
        mov     [attempt_stack], rsp
        mov     rcx, %2
        mov     r11, %3
        mov     rsp, USER_STACK_TOP
%%start:
        %4 sysret
%%end:  mov     rsp, [attempt_stack]
        call    end_attempt
        call    show_user_state
%endmacro

show_user_state:
        cmp     dword [attempt_vector], -1
        jne     .end
        say     "  cs="
        show    4, [USER_STATE]
        say     " ss="
        show    4, [USER_STATE + 4]
        say     " rflags="
        show    8, [USER_STATE + 8]
        say     10
.end:   ret
USER_STATE      equ USER_AREA + 1000h

system_return:
        heading "SYSRET"
        call    enable_system_calls
        return_case "to 64-bit mode", USER_AREA + user_landed - user_code_start, 2, o64
        return_case "all flags", USER_AREA + user_landed - user_code_start, 3FFFD7h & ~(FLAG_TF | FLAG_IF), o64
        return_case "to compatibility mode", USER_AREA + user_landed - user_code_start, 2, o32
        return_case "to compatibility mode, upper half of RCX", (USER_AREA + user_landed - user_code_start) | 1 << 32, 2, o32
        return_case "RIP not canonical", 800000000000h, 2, o64
        write_msr IA32_STAR, 0, ((USER_CODE_32 & ~3) << 16) | KERNEL_CODE
        return_case "RPL 0 in STAR", USER_AREA + user_landed - user_code_start, 2, o64
        call    enable_system_calls
        try_user "at CPL 3", user_sysret
        ret

; ------------------------------------------------------------------------------------------------- SYSENTER

%macro exit_case 4                              ; title, RDX (RIP), RCX (RSP), prefix
        say     %1, ": "
        call    begin_attempt
        mov     qword [attempt_resume], %%end
        mov     qword [attempt_start], %%start
        mov     [attempt_stack], rsp
        mov     rdx, %2
        mov     rcx, %3
%%start:
        %4 sysexit
%%end:  mov     rsp, [attempt_stack]
        call    end_attempt
        call    show_user_state
%endmacro

fast_entry:
        heading "SYSENTER and SYSEXIT"
        write_msr SYSENTER_CS, 0
        try_user "SYSENTER, CS 0", user_sysenter
        try     "SYSEXIT, CS 0", sysexit
        write_msr SYSENTER_CS, 3
        try_user "SYSENTER, CS 3", user_sysenter
        write_msr SYSENTER_CS, KERNEL_CODE
        write_msr SYSENTER_ESP, 12345678h, 9Ah
        write_msr SYSENTER_EIP, system_entry
        try_user "from 64-bit mode", user_sysenter
        call    show_entry
        mov     qword [user_flags], FLAG_IF | FLAG_CF | FLAG_DF | FLAG_AC | 2
        try_user "flags", user_sysenter
        call    show_entry
        mov     qword [user_flags], 2
        mov     qword [user_code_selector], USER_CODE_32
        try_user "from compatibility mode", user_sysenter
        call    show_entry
        mov     qword [user_code_selector], USER_CODE
        exit_case "SYSEXIT to 64-bit mode", USER_AREA + user_landed - user_code_start, USER_STACK_TOP, o64
        exit_case "SYSEXIT to compatibility mode", USER_AREA + user_landed - user_code_start, USER_STACK_TOP, o32
        exit_case "RIP not canonical", 800000000000h, USER_STACK_TOP, o64
        exit_case "RSP not canonical", USER_AREA, 800000000000h, o64
        try_user "SYSEXIT at CPL 3", user_sysexit
        ret

; ------------------------------------------------------------------------------------------------- segment bases

%macro show_base 2
        say     "  ", %1, "="
        mov     ecx, %2
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        call    print_hex_16
        say     10
%endmacro

bases:  heading "segment bases"
        write_msr IA32_GS_BASE, 11111111h, 1
        write_msr IA32_KERNEL_GS_BASE, 22222222h, 2
        try     "SWAPGS", swapgs
        show_base "GS base", IA32_GS_BASE
        show_base "kernel GS base", IA32_KERNEL_GS_BASE
        try_user "SWAPGS at CPL 3", user_swapgs
        mov     qword [user_code_selector], USER_CODE_32
        try_user "SWAPGS in compatibility mode", user_swapgs
        mov     qword [user_code_selector], USER_CODE
        write_msr IA32_FS_BASE, 0, 1
        mov     eax, KERNEL_DATA
        mov     fs, eax
        show_base "FS base after a load of a flat segment", IA32_FS_BASE
        write_msr IA32_FS_BASE, TARGETS
        mov     dword [TARGETS + 10h], 89ABCDEFh
        mov     eax, [fs:10h]
        say     "  through FS: "
        call    print_hex_8
        say     10
        mov     rax, 00CF92123456FFFFh
        mov     [S1_SLOT], rax
        mov     eax, S1
        mov     gs, eax
        show_base "GS base of a descriptor", IA32_GS_BASE
        clear_cr4 CR4_FSGSBASE
        try     "RDFSBASE, CR4.FSGSBASE=0", rdfsbase rax
        set_cr4 CR4_FSGSBASE
        mov     rax, -1
        mov     rdx, 0FFFF800012345678h
        try     "WRFSBASE", wrfsbase rdx
        try     "RDFSBASE", rdfsbase rax
        call    print_hex_16
        mov     rax, -1
        rdfsbase eax
        say     " 32 bits "
        call    print_hex_16
        wrgsbase edx
        rdgsbase rax
        say     " WRGSBASE of 32 bits "
        call    print_hex_16
        say     10
        mov     rdx, NOT_CANONICAL
        try     "WRFSBASE, not canonical", wrfsbase rdx
        try_user "WRGSBASE at CPL 3", user_wrgsbase
        mov     qword [user_code_selector], USER_CODE_32
        try_user "RDFSBASE in compatibility mode", user_rdfsbase
        mov     qword [user_code_selector], USER_CODE
        clear_cr4 CR4_FSGSBASE
        write_msr IA32_FS_BASE, 0
        write_msr IA32_GS_BASE, 0
        ret

; The I/O permission map in a 64-bit TSS.
port_map:
        heading "I/O map of a 64-bit TSS"
        try_user "no map", user_out
        mov     word [TSS + 102], 200h
        mov     byte [TSS + 200h + 10h], 0
        mov     byte [TSS + 200h + 11h], 0
        try_user "allowed", user_out
        mov     byte [TSS + 200h + 10h], 1
        try_user "forbidden", user_out
        mov     byte [TSS + 200h + 10h], 0
        try_user "INSB, allowed", user_insb
        mov     byte [TSS + 200h + 10h], 1
        try_user "INSB, forbidden", user_insb
        mov     word [TSS + 102], 0FFFh
        ret

time_stamps:
        heading "time-stamp counter"
        write_msr IA32_TSC_AUX, 0ABCDEF01h
        rdtscp
        say     "RDTSCP: ecx="
        show    16, rcx
        say     10
        mov     rax, -1
        need    7, ecx, 22, "RDPID"
        mov     rax, -1
        rdpid   rax
        say     "RDPID: "
        call    print_hex_16
        say     10
        write_msr 10h, 0, 1000h
        rdtsc
        say     "TSC after WRMSR, upper half: "
        show    8, rdx
        say     10
        need    7, ebx, 1, "IA32_TSC_ADJUST"
        write_msr 3Bh, 0
        rdtsc
        mov     edi, edx
        write_msr 3Bh, 0, 10h
        rdtsc
        sub     edx, edi
        say     "IA32_TSC_ADJUST of 10H << 32 adds, in the upper half: "
        show    8, rdx
        say     10
        write_msr 3Bh, 0
        set_cr4 CR4_TSD
        try     "CR4.TSD at CPL 0", rdtsc
        try_user "CR4.TSD, RDTSCP at CPL 3", user_rdtscp
        clear_cr4 CR4_TSD
        mov     ecx, 0
        clear_cr4 CR4_PCE
        try_user "RDPMC at CPL 3, CR4.PCE=0", user_rdpmc
        ret

; xcr_case "title", ECX, EDX:EAX
%macro xcr_case 3
        mov     ecx, %2
        mov     eax, (%3) & 0FFFFFFFFh
        mov     edx, (%3) >> 32
        try     %1, xsetbv
%endmacro
extended_control:
        heading "XCR0"
        need    1, ecx, 26, "XSAVE"
        clear_cr4 CR4_OSXSAVE
        xor     ecx, ecx
        try     "XGETBV, CR4.OSXSAVE=0", xgetbv
        try     "XSETBV, CR4.OSXSAVE=0", xsetbv
        try     "XSAVE, CR4.OSXSAVE=0", xsave [TARGETS]
        set_cr4 CR4_OSXSAVE
        xcr_case "x87 only", 0, 1
        xcr_case "x87 and SSE", 0, 3
        xcr_case "without x87", 0, 2
        xcr_case "AVX without SSE", 0, 5
        xcr_case "bit 63", 0, 1 << 63 | 3
        xcr_case "bit 62", 0, 1 << 62 | 3
        xcr_case "XCR1", 1, 3
        mov     ecx, 2
        try     "XGETBV of XCR2", xgetbv
        try_user "XSETBV at CPL 3", user_xsetbv
        xor     ecx, ecx
        try_user "XGETBV at CPL 3", user_xgetbv
        ret

cpuid_bits:
        heading "CPUID follows CR4"
        set_cr4 CR4_OSXSAVE
        call    .show
        clear_cr4 CR4_OSXSAVE
        call    .show
        need    7, ecx, 3, "PKU"
        set_cr4 CR4_PKE
        call    .show
        clear_cr4 CR4_PKE
        call    .show
        ret
.show:  has_feature 1, ecx, 27
        setc    al
        say     "  OSXSAVE="
        call    print_hex_1
        has_feature 7, ecx, 4
        setc    al
        say     " OSPKE="
        call    print_hex_1
        say     10
        ret

; ------------------------------------------------------------------------------------------------- call gates

; gate_of selector, offset, access: a 64-bit call gate in S1.
%macro gate_of 3
        mov     rax, %2
        mov     [S1_SLOT], ax
        mov     word [S1_SLOT + 2], %1
        mov     word [S1_SLOT + 4], (%3) << 8
        shr     rax, 16
        mov     [S1_SLOT + 6], ax
        shr     rax, 16
        mov     [S1_SLOT + 8], eax
        mov     dword [S1_SLOT + 12], 0
%endmacro
; What a call gate leads to: tells the frame, and ends the attempt.
gate_target:
        mov     [gate_rsp], rsp
        mov     [gate_ss], ss
        mov     [gate_cs], cs
        jmp     return_from_user
gate_rsp:
        dq 0
gate_ss:
        dq 0
gate_cs:
        dq 0
far_pointer:
        dd 0
        dw S1
show_gate:
        cmp     dword [attempt_vector], -1
        jne     .end
        say     "  cs="
        show    4, [gate_cs]
        say     " ss="
        show    4, [gate_ss]
        say     " frame at "
        mov     rsi, [gate_rsp]
        show    8, rsi
        say     " pushed cs="
        show    16, [rsi + 8]
        cmp     dword [.is_inner], 0
        je      .newline
        say     " rsp="
        show    16, [rsi + 16]
        say     " ss="
        show    16, [rsi + 24]
.newline:
        say     10
.end:   ret
.is_inner:
        dd 0

call_gates:
        heading "64-bit call gates"
        mov     dword [show_gate.is_inner], 0
        gate_of KERNEL_CODE, gate_target, 8Ch
        try_with_stack "same level", STACK_TOP - 4000h, call dword far [far_pointer]
        call    show_gate
        try_with_stack "JMP", STACK_TOP - 4000h, jmp dword far [far_pointer]
        gate_of KERNEL_CODE, gate_target, 0Ch
        try     "not present", call dword far [far_pointer]
        gate_of 0, gate_target, 8Ch
        try     "null selector", call dword far [far_pointer]
        gate_of KERNEL_CODE_32, gate_target, 8Ch
        try     "32-bit code", call dword far [far_pointer]
        gate_of KERNEL_DATA, gate_target, 8Ch
        try     "data", call dword far [far_pointer]
        gate_of USER_CODE, gate_target, 8Ch
        try     "code of DPL 3", call dword far [far_pointer]
        gate_of KERNEL_CODE, NOT_CANONICAL, 8Ch
        try     "target not canonical", call dword far [far_pointer]
        gate_of KERNEL_CODE, gate_target, 84h
        try     "16-bit call gate", call dword far [far_pointer]
        gate_of KERNEL_CODE, gate_target, 85h
        try     "task gate", call dword far [far_pointer]
        gate_of KERNEL_CODE, gate_target, 8Ch
        mov     byte [S1_SLOT + 13], 1
        try     "type of the upper half", call dword far [far_pointer]
        gate_of KERNEL_CODE, gate_target, 0ECh
        mov     dword [show_gate.is_inner], 1
        try_user "from CPL 3", user_call
        call    show_gate
        gate_of KERNEL_CODE, gate_target, 8Ch
        try_user "from CPL 3, DPL 0", user_call
        mov     rax, 0000890000000067h
        mov     [S1_SLOT], rax
        try     "CALL to a TSS", call dword far [far_pointer]
        ret

; LDT and TSS descriptors take 16 bytes.
system_descriptors:
        heading "LLDT and LTR"
        mov     rax, 0000820000000067h
        mov     [S1_SLOT], rax
        mov     qword [S1_SLOT + 8], 0
        mov     eax, S1
        try     "LLDT", lldt ax
        mov     dword [S1_SLOT + 12], 100h
        try     "LLDT, type of the upper half", lldt ax
        mov     dword [S1_SLOT + 12], 0
        mov     dword [S1_SLOT + 8], 40000000h
        try     "LLDT, base not canonical", lldt ax
        mov     byte [S1_SLOT + 5], 2
        try     "LLDT, not present", lldt ax
        xor     eax, eax
        try     "LLDT of a null selector", lldt ax
        mov     rax, 0000890000000067h
        mov     [S1_SLOT], rax
        mov     dword [S1_SLOT + 8], 0
        mov     dword [S1_SLOT + 12], 100h
        mov     eax, S1
        try     "LTR, type of the upper half", ltr ax
        mov     byte [S1_SLOT + 5], 81h
        mov     dword [S1_SLOT + 12], 0
        try     "LTR of a 16-bit TSS", ltr ax
        mov     eax, TSS_SELECTOR
        try     "LTR of a busy TSS", ltr ax
        mov     eax, gdt_end - gdt - 8
        mov     rdx, 0000890000000067h
        mov     [gdt_end - 8], rdx
        try     "LTR, upper half beyond the GDT", ltr ax
        mov     qword [gdt_end - 8], 0
        mov     rax, 00CF9A000000FFFFh
        mov     [S1_SLOT], rax
        mov     eax, S1
        mov     ecx, 0
        lar     ecx, eax
        say     "LAR of code: "
        show    8, rcx
        mov     rax, 0000820000000067h
        mov     [S1_SLOT], rax
        mov     eax, S1
        mov     ecx, 0
        lar     ecx, eax
        say     " of an LDT: "
        show    8, rcx
        mov     byte [S1_SLOT + 5], 81h
        mov     ecx, 0
        lar     ecx, eax
        say     " of a 16-bit TSS: "
        show    8, rcx
        mov     byte [S1_SLOT + 5], 8Ch
        mov     ecx, 0
        lar     ecx, eax
        say     " of a call gate: "
        show    8, rcx
        say     10
        ret

; ------------------------------------------------------------------------------------------------- compatibility mode

compatibility_mode:
        heading "compatibility mode"
        mov     qword [user_code_selector], USER_CODE_32
        try_user "INC EAX (40)", user_40
        try_user "PUSH and POP move ESP by 4", user_push
        say     "  difference "
        show    8, [USER_STATE]
        say     10
        try_user "PUSHAD", user_pushad
        try_user "AAA", user_aaa
        try_user "LES", user_les
        try_user "ARPL", user_arpl
        try_user "INTO", user_into
        try_user "BOUND", user_bound
        try_user "address of 32 bits wraps", user_wrap
        try_user "null DS", user_null_ds
        try_user "limit", user_limit
        try_user "far JMP to 64-bit code", user_to_64
        mov     qword [user_code_selector], USER_CODE
        try_user "far JMP EA in 64-bit mode", user_far_ea
        ret

user_code_start:
%macro user_instruction 2+
user_%1:
        %2
        int     RETURN_VECTOR
%endmacro
        user_instruction syscall, syscall
        user_instruction sysret, {o64 sysret}
        user_instruction sysenter, sysenter
        user_instruction sysexit, sysexit
        user_instruction swapgs, swapgs
        user_instruction wrgsbase, wrgsbase rax
        user_instruction rdfsbase, rdfsbase eax
        user_instruction out, {out 80h, al}
        user_instruction rdtscp, rdtscp
        user_instruction rdpmc, rdpmc
        user_instruction xgetbv, xgetbv
        user_instruction xsetbv, xsetbv
user_insb:
        mov     edx, 80h
        mov     edi, USER_STATE
        insb
        int     RETURN_VECTOR
user_call:
        mov     dword [USER_STATE + 20h], 0
        mov     word [USER_STATE + 24h], S1
        call    dword far [USER_STATE + 20h]
        int     RETURN_VECTOR
; In code that both 64-bit and compatibility mode read alike.
user_landed:
        mov     ecx, cs
        mov     edx, USER_STATE
        mov     [rdx], ecx
        mov     ecx, ss
        mov     [rdx + 4], ecx
        pushfq
        pop     rcx
        mov     [rdx + 8], ecx
        int     RETURN_VECTOR
        bits 32
        user_instruction 40, {db 40h}
user_push:
        mov     ecx, esp
        push    eax
        sub     ecx, esp
        mov     [USER_STATE], ecx
        pop     eax
        int     RETURN_VECTOR
        user_instruction pushad, pushad
        user_instruction aaa, aaa
        user_instruction les, {les eax, [USER_STATE + 80h]}
        user_instruction arpl, {arpl ax, cx}
user_into:
        mov     al, 7Fh
        add     al, 1
        into
        int     RETURN_VECTOR
user_bound:
        mov     eax, 1
        bound   eax, [USER_STATE + 80h]
        int     RETURN_VECTOR
user_wrap:
        mov     ebx, 0FFFFFFF0h
        mov     eax, [ebx + USER_STATE + 10h]
        int     RETURN_VECTOR
user_null_ds:
        xor     eax, eax
        mov     ds, eax
        mov     al, [USER_STATE]
        int     RETURN_VECTOR
user_limit:
        mov     eax, S2 + 3
        mov     es, eax
        mov     al, [es:1000h]
        int     RETURN_VECTOR
user_to_64:
        jmp     USER_CODE:USER_AREA + user_in_64 - user_code_start
        bits 64
user_in_64:
        mov     rax, r8
        int     RETURN_VECTOR
user_far_ea:
        db      0EAh
        dd      USER_AREA
        dw      USER_CODE
user_code_end:
