; Debug exceptions in 64-bit mode: single-stepping, breakpoints, general detection. SDM 3B, chapter "Debug, Branch
; Profile, TSC, and Intel Resource Director Technology Features", "Debug Exceptions".
;
; Each #DB is told on the line of its case: offset of its return address from the first instruction, DR6 without its
; fixed bits, and "R" when the pushed RF was 1. The program then goes on (with RF set after instruction breakpoints).

        %include "lib/image.inc"
        %include "lib/long.inc"

DR6_CLEAR       equ 0FFFF0FF0h
DR7_CLEAR       equ 400h
DATA            equ TARGETS                     ; what data breakpoints are set on
FREE_VECTOR     equ 60h

main:   mov     edx, FREE_VECTOR
        mov     rax, plain_handler
        mov     bl, 8Eh
        call    set_gate
        mov     qword [exception_hook], on_exception
        mov     dword [TARGETS + 8], 0
        call    registers
        call    single_step
        call    instruction_breakpoints
        call    data_breakpoints
        call    io_breakpoints
        call    general_detect
        ret

plain_handler:
        iretq

; The hook: tells of #DB and has the program go on; other exceptions take their usual way.
on_exception:
        cmp     qword [rsi], DB_
        jne     .other
        push    rax
        mov     rax, dr6
        mov     [seen_dr6], rax
        mov     eax, DR6_CLEAR
        mov     dr6, rax
        say     " +"
        mov     rax, [rsi + 16]
        cmp     rax, plain_handler
        je      .in_handler
        sub     rax, [attempt_start]
        call    print_hex_2
        jmp     .dr6
.in_handler:
        say     "handler"
.dr6:   say     ":"
        mov     rax, [seen_dr6]
        xor     eax, DR6_CLEAR
        call    print_hex_4
        test    dword [rsi + 32], FLAG_RF
        jz      .no_rf
        say     "R"
.no_rf: test    dword [seen_dr6], 0Fh
        jz      .end
        or      dword [rsi + 32], FLAG_RF
.end:   dec     dword [limit]
        jz      .too_many
        pop     rax
        stc
        ret
.other: clc
        ret
.too_many:
        say     " too many", 10
        jmp     stop
seen_dr6:
        dq 0
limit:  dd 300

; trace "title", label: calls the routine; offsets are from its label .here.
%macro trace 2
        say     %1, ":"
        call    begin_attempt
        mov     qword [attempt_resume], %%end
        mov     qword [attempt_start], %2.here
        mov     [attempt_stack], rsp
        call    %2
%%end:  mov     rsp, [attempt_stack]
        mov     qword [attempt_resume], 0
        mov     rax, DR7_CLEAR
        mov     dr7, rax
        call    print_rest
%endmacro

; An exception that was not #DB, and the end of the line.
print_rest:
        cmp     dword [attempt_vector], -1
        je      print_newline
        say     " "
        call    print_exception
        say     " +"
        mov     rax, [attempt_rip]
        sub     rax, [attempt_start]
        call    print_hex_2
        test    qword [attempt_flags], FLAG_TF
        jz      print_newline
        say     " TF"
        jmp     print_newline

%macro set_tf 0
        pushfq
        or      dword [rsp], FLAG_TF
        popfq
%endmacro
%macro clear_tf 0
        pushfq
        and     dword [rsp], ~FLAG_TF
        popfq
%endmacro

; ------------------------------------------------------------------------------------------------- DR6 and DR7

%macro show_register 2
        say     "  ", %1, "="
        mov     rax, %2
        call    print_hex_16
        say     10
%endmacro

registers:
        heading "debug registers"
        mov     rax, 0FFFFFFFFh
        mov     dr6, rax
        show_register "DR6 after all ones", dr6
        xor     eax, eax
        mov     dr6, rax
        show_register "DR6 after 0", dr6
        mov     rax, 0FFFF0000h & ~0
        mov     dr7, rax
        show_register "DR7 after FFFF0000H", dr7
        mov     eax, 0D800h
        mov     dr7, rax
        show_register "DR7 after D800H", dr7
        xor     eax, eax
        mov     dr7, rax
        show_register "DR7 after 0", dr7
        mov     rax, 0FFFFFFFFFFFFFFFFh
        mov     dr3, rax
        show_register "DR3", dr3
        mov     rax, 800000000000h
        try     "DR0, not canonical", mov dr0, rax
        mov     rax, 1 << 32 | DR6_CLEAR
        try     "DR6 bit 32", mov dr6, rax
        mov     rax, 1 << 32 | DR7_CLEAR
        try     "DR7 bit 32", mov dr7, rax
        try     "DR4, CR4.DE=0", {db 0Fh, 21h, 0E0h}
        try     "DR5, CR4.DE=0", {db 0Fh, 21h, 0E8h}
        set_cr4 CR4_DE
        try     "DR4, CR4.DE=1", {db 0Fh, 21h, 0E0h}
        try     "DR5, CR4.DE=1", {db 0Fh, 23h, 0E8h}
        clear_cr4 CR4_DE
        try     "DR8", {db 44h, 0Fh, 21h, 0C0h}
        xor     eax, eax
        mov     dr0, rax
        mov     dr1, rax
        mov     dr2, rax
        mov     dr3, rax
        mov     eax, DR6_CLEAR
        mov     dr6, rax
        ret

; ------------------------------------------------------------------------------------------------- single-stepping

single_step:
        heading "single-stepping"
        trace   "NOPs", step_nops
        trace   "MOV SS", step_mov_ss
        trace   "POP SS", step_pop_ss
        trace   "INT n", step_int
        trace   "INT3", step_int3
        trace   "UD2", step_ud2
        trace   "REP MOVSB of 3", step_rep
        trace   "REP MOVSB of 0", step_rep_0
        trace   "PUSHF", step_pushf
        say     "  image TF="
        mov     eax, [pushed_flags]
        shr     eax, 8
        and     eax, 1
        call    print_hex_1
        say     10
        trace   "CALL and RET", step_call
        trace   "IRETQ sets TF", step_iret
        trace   "STI", step_sti
        trace   "CPUID, RDTSC, MOV from CR0, WRMSR", step_serializing
        trace   "SYSCALL with TF in IA32_FMASK", step_syscall
        trace   "SYSCALL without", step_syscall_tf
        trace   "MOV to DR7", step_mov_dr
        ret
pushed_flags:
        dq 0

step_nops:
        set_tf
.here:  nop
        nop
        clear_tf
        nop
        ret
step_mov_ss:
        mov     ecx, KERNEL_DATA
        set_tf
.here:  mov     ss, ecx
        nop
        nop
        clear_tf
        ret
step_pop_ss:
        mov     ecx, KERNEL_DATA
        set_tf
.here:  nop
        mov     ss, ecx
        mov     ss, ecx
        nop
        clear_tf
        ret
step_int:
        set_tf
.here:  int     FREE_VECTOR
        nop
        nop
        clear_tf
        ret
step_int3:
        set_tf
.here:  nop
        int3
        clear_tf
        ret
step_ud2:
        set_tf
.here:  nop
        ud2
        clear_tf
        ret
step_rep:
        mov     rdi, DATA + 100h
        mov     rsi, DATA + 200h
        mov     ecx, 3
        set_tf
.here:  rep     movsb
        nop
        clear_tf
        ret
step_rep_0:
        xor     ecx, ecx
        set_tf
.here:  rep     movsb
        nop
        clear_tf
        ret
step_pushf:
        set_tf
.here:  pushfq
        pop     qword [pushed_flags]
        clear_tf
        ret
step_call:
        set_tf
.here:  call    .callee
        clear_tf
        ret
.callee:
        ret
step_iret:
        mov     rax, rsp
        push    KERNEL_DATA
        push    rax
        push    FLAG_TF | 2
        push    KERNEL_CODE
        push    .here
        iretq
.here:  nop
        nop
        clear_tf
        ret
step_sti:
        set_tf
.here:  sti
        nop
        cli
        clear_tf
        ret
step_serializing:
        xor     eax, eax
        set_tf
.here:  cpuid
        rdtsc
        mov     rax, cr0
        mov     ecx, 0C0000103h
        xor     eax, eax
        xor     edx, edx
        wrmsr
        clear_tf
        ret
%macro prepare_syscall 1
        mov     ecx, IA32_EFER
        rdmsr
        or      eax, EFER_SCE
        wrmsr
        mov     ecx, 0C0000081h
        xor     eax, eax
        mov     edx, USER_CODE_32 << 16 | KERNEL_CODE
        wrmsr
        mov     ecx, 0C0000082h
        mov     eax, .entry
        xor     edx, edx
        wrmsr
        mov     ecx, 0C0000084h
        mov     eax, %1
        wrmsr
%endmacro
step_syscall:
        prepare_syscall FLAG_TF
        set_tf
.here:  syscall
        nop
.entry: nop
        nop
        clear_tf
        ret
step_syscall_tf:
        prepare_syscall 0
        set_tf
.here:  syscall
        nop
.entry: nop
        nop
        clear_tf
        ret
step_mov_dr:
        mov     eax, DR7_CLEAR
        set_tf
.here:  mov     dr7, rax
        mov     rax, dr7
        clear_tf
        ret

; ------------------------------------------------------------------------------------------------- instruction breakpoints

; breakpoint N, ADDRESS, DR7 bits
%macro breakpoint 3
        mov     rax, %2
        mov     dr%1, rax
        mov     eax, DR7_CLEAR | (%3)
        mov     dr7, rax
%endmacro
LOCAL_0         equ 1
GLOBAL_0        equ 2
LOCAL_1         equ 4
GLOBAL_3        equ 80h
ON_WRITE        equ 1
ON_IO           equ 2
ON_ACCESS       equ 3
LENGTH_1        equ 0
LENGTH_2        equ 4
LENGTH_8        equ 8
LENGTH_4        equ 0Ch
%define of_0(bits) ((bits) << 16)
%define of_1(bits) ((bits) << 20)
%define of_3(bits) ((bits) << 28)

instruction_breakpoints:
        heading "instruction breakpoints"
        trace   "on a NOP", on_nop
        trace   "global, DR3", on_global
        trace   "disabled", on_disabled
        trace   "two on one instruction", on_two
        trace   "in the middle of an instruction", on_middle
        trace   "on the instruction after MOV SS", on_after_mov_ss
        trace   "on an instruction that faults", on_fault
        trace   "on REP MOVSB", on_rep
        trace   "single-stepping onto it", on_step
        trace   "IRETQ with RF", on_iret_rf
        trace   "upper half of the address differs", on_upper
        ret
on_nop: breakpoint 0, .here, LOCAL_0
        mov     ecx, 2
.here:  nop
        dec     ecx
        jnz     .here
        ret
on_global:
        breakpoint 3, .here, GLOBAL_3
.here:  nop
        ret
on_disabled:
        breakpoint 3, .here, LOCAL_0 << 8
.here:  nop
        ret
on_two: mov     rax, .here
        mov     dr1, rax
        breakpoint 0, .here, LOCAL_0 | LOCAL_1
.here:  nop
        ret
on_middle:
        breakpoint 0, .here + 1, LOCAL_0
.here:  mov     eax, 0
        ret
on_after_mov_ss:
        breakpoint 0, .after, LOCAL_0
        mov     ecx, KERNEL_DATA
.here:  mov     ss, ecx
.after: nop
        nop
        ret
on_fault:
        breakpoint 0, .here, LOCAL_0
.here:  ud2
on_rep: breakpoint 0, .here, LOCAL_0
        mov     rdi, DATA + 100h
        mov     rsi, DATA + 200h
        mov     ecx, 3
.here:  rep     movsb
        ret
on_step:
        breakpoint 0, .here + 1, LOCAL_0
        set_tf
.here:  nop
        nop
        clear_tf
        ret
on_iret_rf:
        breakpoint 0, .here, LOCAL_0
        mov     rax, rsp
        push    KERNEL_DATA
        push    rax
        push    FLAG_RF | 2
        push    KERNEL_CODE
        push    .here
        iretq
.here:  nop
        cmp     qword [DATA + 0F00h], 0
        ret
on_upper:
        breakpoint 0, .here + (1 << 32), LOCAL_0
.here:  nop
        ret

; ------------------------------------------------------------------------------------------------- data breakpoints

%macro data_case 4+                             ; title, address, bits of breakpoint 0, instruction
        say     %1, ":"
        call    begin_attempt
        mov     qword [attempt_resume], %%end
        mov     qword [attempt_start], %%start
        mov     [attempt_stack], rsp
        mov     rdx, DATA
        mov     rax, %2
        mov     dr0, rax
        mov     eax, DR7_CLEAR | LOCAL_0 | of_0(%3)
        mov     dr7, rax
%%start:
        %4
        nop
%%end:  mov     rax, DR7_CLEAR
        mov     dr7, rax
        mov     rsp, [attempt_stack]
        mov     qword [attempt_resume], 0
        call    print_rest
%endmacro

data_breakpoints:
        heading "data breakpoints"
        xor     ecx, ecx
        data_case "write of a byte", DATA, ON_WRITE, mov [rdx], cl
        data_case "read, on writes", DATA, ON_WRITE, mov cl, [rdx]
        data_case "read, on accesses", DATA, ON_ACCESS, mov cl, [rdx]
        data_case "next byte", DATA, ON_ACCESS, mov cl, [rdx + 1]
        data_case "byte before", DATA + 4, ON_ACCESS, mov cl, [rdx + 3]
        data_case "dword over a byte", DATA + 3, ON_WRITE, mov [rdx], ecx
        data_case "dword just before a byte", DATA + 4, ON_WRITE, mov [rdx], ecx
        data_case "length 2, second byte", DATA, ON_WRITE | LENGTH_2, mov [rdx + 1], cl
        data_case "length 2, third byte", DATA, ON_WRITE | LENGTH_2, mov [rdx + 2], cl
        data_case "length 2, odd address", DATA + 1, ON_WRITE | LENGTH_2, mov [rdx], cl
        data_case "length 4, last byte", DATA, ON_WRITE | LENGTH_4, mov [rdx + 3], cl
        data_case "length 4, unaligned access from before", DATA + 4, ON_WRITE | LENGTH_4, mov [rdx + 1], ecx
        data_case "length 8, last byte", DATA, ON_WRITE | LENGTH_8, mov [rdx + 7], cl
        data_case "length 8, ninth byte", DATA, ON_WRITE | LENGTH_8, mov [rdx + 8], cl
        data_case "ADD", DATA, ON_WRITE | LENGTH_4, add [rdx], ecx
        data_case "XCHG", DATA, ON_ACCESS | LENGTH_4, xchg [rdx], ecx
        data_case "CMPXCHG that fails", DATA, ON_WRITE | LENGTH_4, lock cmpxchg [rdx], ecx
        data_case "16-byte read", DATA + 15, ON_ACCESS, movups xmm0, [rdx]
        data_case "MOVAPS write", DATA + 8, ON_WRITE | LENGTH_8, movaps [rdx], xmm0
        data_case "access across pages, second part", DATA + 1000h, ON_ACCESS, mov ecx, [rdx + 0FFEh]
        data_case "PUSH", STACK_TOP - 18h, ON_WRITE | LENGTH_8, push rcx
        data_case "LEA", DATA, ON_ACCESS, lea rcx, [rdx]
        data_case "PREFETCHT0", DATA, ON_ACCESS, prefetcht0 [rdx]
        data_case "write that faults", 0, ON_WRITE | LENGTH_8, mov [rdx + 8], cs
        mov     rdi, DATA
        mov     ecx, 3
        xor     eax, eax
        data_case "REP STOSB of 3, second byte", DATA + 1, ON_WRITE, rep stosb
        mov     rdi, DATA
        mov     ecx, 3
        data_case "REP STOSB of 3, last byte", DATA + 2, ON_WRITE, rep stosb
        mov     rsi, DATA
        mov     rdi, DATA + 100h
        data_case "MOVSB, source", DATA, ON_ACCESS, movsb
        data_case "fetch", .code, ON_ACCESS, call .code
        mov     qword [DATA], KERNEL_DATA
        data_case "MOV SS from memory: after the next instruction", DATA, ON_ACCESS | LENGTH_2, mov ss, [rdx]
        data_case "MOV SS from memory, then INT n: in its handler", DATA, ON_ACCESS | LENGTH_2, call mov_ss_int
        trace   "with single-stepping", with_step
        trace   "two breakpoints at one write", two_writes
        ret
.code:  ret
mov_ss_int:
        mov     ss, [rdx]
        int     FREE_VECTOR
        ret
with_step:
        mov     ecx, 5
        breakpoint 0, DATA, LOCAL_0 | of_0(ON_WRITE | LENGTH_4)
        set_tf
.here:  mov     [DATA], ecx
        clear_tf
        ret
two_writes:
        mov     rax, DATA + 2
        mov     dr1, rax
        breakpoint 0, DATA, LOCAL_0 | LOCAL_1 | of_0(ON_WRITE | LENGTH_1) | of_1(ON_ACCESS | LENGTH_2)
.here:  mov     [DATA], ecx
        nop
        ret

; ------------------------------------------------------------------------------------------------- I/O breakpoints

io_breakpoints:
        heading "I/O breakpoints"
        set_cr4 CR4_DE
        mov     edx, 80h
        data_case "OUT 80H", 80h, ON_IO, out 80h, al
        data_case "IN 80H", 80h, ON_IO, in al, 80h
        data_case "OUT 81H", 80h, ON_IO, out 81h, al
        data_case "OUT of a word, second byte", 81h, ON_IO, out 80h, ax
        data_case "memory at 80H", 80h, ON_IO, mov al, [80h]
        clear_cr4 CR4_DE
        ret

; ------------------------------------------------------------------------------------------------- general detection

general_detect:
        heading "general detection"
        mov     qword [exception_hook], 0
        mov     eax, DR7_CLEAR | 2000h
        mov     dr7, rax
        try     "MOV from DR0", mov rax, dr0
        call    show_dr6_dr7
        mov     eax, DR7_CLEAR | 2000h
        mov     dr7, rax
        try     "MOV to DR7", mov dr7, rax
        call    show_dr6_dr7
        mov     eax, DR7_CLEAR | 2000h
        mov     dr7, rax
        try     "UD2 leaves it set", ud2
        call    show_dr6_dr7
        call    show_dr6_dr7
        mov     qword [exception_hook], on_exception
        ret
show_dr6_dr7:
        say     "  DR6="
        call    begin_attempt
        mov     qword [attempt_resume], .there
        mov     [attempt_stack], rsp
        mov     rax, dr6
.there: mov     qword [attempt_resume], 0
        cmp     dword [attempt_vector], -1
        jne     .detected
        call    print_hex_8
        say     " DR7="
        mov     rax, dr7
        call    print_hex_8
        mov     eax, DR6_CLEAR
        mov     dr6, rax
        say     10
        ret
.detected:
        say     "#DB", 10
        ret
