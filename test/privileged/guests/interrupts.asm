; Interrupts of one processor, without time: 8259 pair, local APIC (xAPIC and x2APIC), NMI, interrupt shadows. SDM 3A,
; chapter "Advanced Programmable Interrupt Controller (APIC)"; SDM 3A, "Nonmaskable Interrupt (NMI)"; Intel 8259A.
;
; Interrupts are told as " vector+offset" of the return address from the start of the case's instructions. They are
; pending before the instructions begin, so that the place where they are taken is certain.

        %include "lib/image.inc"
        %include "lib/long.inc"

; Where the local APIC's page (physical FEE00000H) is mapped: displacements reach no higher than 2 GiB.
LAPIC                   equ 1E00000h
LAPIC_ID                equ LAPIC + 20h
LAPIC_VERSION           equ LAPIC + 30h
LAPIC_TPR               equ LAPIC + 80h
LAPIC_PPR               equ LAPIC + 0A0h
LAPIC_EOI               equ LAPIC + 0B0h
LAPIC_LDR               equ LAPIC + 0D0h
LAPIC_DFR               equ LAPIC + 0E0h
LAPIC_SVR               equ LAPIC + 0F0h
LAPIC_ISR               equ LAPIC + 100h
LAPIC_IRR               equ LAPIC + 200h
LAPIC_ESR               equ LAPIC + 280h
LAPIC_ICR               equ LAPIC + 300h
LAPIC_ICR_HIGH          equ LAPIC + 310h
LAPIC_LVT_TIMER         equ LAPIC + 320h
LAPIC_LVT_LINT0         equ LAPIC + 350h
LAPIC_LVT_LINT1         equ LAPIC + 360h
LAPIC_LVT_ERROR         equ LAPIC + 370h
LAPIC_TIMER_COUNT       equ LAPIC + 380h
LAPIC_TIMER_DIVIDE      equ LAPIC + 3E0h
ICR_SELF                equ 40000h
ICR_NMI                 equ 400h
IA32_APIC_BASE          equ 1Bh
X2APIC_MSR              equ 800h
PIC_VECTOR              equ 20h
V1                      equ 31h                 ; a vector of priority class 3
V2                      equ 42h
V3                      equ 4Fh

main:   mov     dword [DIRECTORIES + (LAPIC >> 21) * 8], 0FEE00000h | P | RW | PS | 18h
        invlpg  [LAPIC]
        mov     qword [exception_hook], on_interrupt
        call    pic
        call    apic_registers
        call    self_interrupts
        call    priorities
        call    shadows
        call    halting
        call    nmi
        call    apic_errors
        call    software_enable
        call    x2apic
        ret

; The hook: tells of interrupts and has the program go on.
on_interrupt:
        cmp     qword [rsi], NMI
        je      .nmi
        cmp     qword [rsi], 32
        jb      .exception
        push    rax
        say     " "
        mov     rax, [rsi]
        call    print_hex_2
        call    tell_place
        mov     rax, [rsi]
        push    rsi
        call    [end_of_interrupt]
        pop     rsi
        pop     rax
        stc
        ret
.nmi:   push    rax
        say     " NMI"
        call    tell_place
        cmp     dword [nested_nmis], 0
        je      .end
        dec     dword [nested_nmis]
        mov     dword [LAPIC_ICR], ICR_NMI
        say     " again"
.end:   pop     rax
        stc
        ret
.exception:
        clc
        ret
nested_nmis:
        dd 0

hides_place:
        db 0
tell_place:
        cmp     byte [hides_place], 0
        je      .tell
        ret
.tell:
        say     "+"
        mov     rax, [rsi + 16]
        sub     rax, [attempt_start]
        jmp     print_hex_2

; What ends an interrupt of vector EAX.
end_of_interrupt:
        dq eoi_none
eoi_none:
        ret
eoi_apic:
        mov     dword [LAPIC_EOI], 0
        ret
eoi_pic:
        mov     al, 20h
        out     0A0h, al
        out     20h, al
        ret

; place "title", instructions: with offsets from the first of them.
%macro place 2+
        say     %1, ":"
        mov     qword [attempt_start], %%start
        jmp     %%start
%%start:
        %2
        cli
        call    print_newline
%endmacro

%macro self_ipi 1
        mov     dword [LAPIC_ICR], ICR_SELF | (%1)
%endmacro

; ------------------------------------------------------------------------------------------------- 8259

%macro pic_write 2
        mov     al, %2
        out     %1, al
%endmacro
show_pic:
        say     "  IRR "
        pic_write 20h, 0Ah
        in      al, 20h
        call    print_hex_2
        say     " ISR "
        pic_write 20h, 0Bh
        in      al, 20h
        call    print_hex_2
        say     " IMR "
        in      al, 21h
        call    print_hex_2
        say     10
        ret

; The PIT's counter 0 in mode 0 raises IRQ 0 once; its output tells when.
raise_irq_0:
        mov     al, 30h
        out     43h, al
        mov     al, 1
        out     40h, al
        xor     eax, eax
        out     40h, al
.wait:  mov     al, 0E2h                        ; read back the status of counter 0
        out     43h, al
        in      al, 40h
        test    al, 80h
        jz      .wait
        ret
lower_irq_0:
        mov     al, 30h
        out     43h, al
        mov     al, 0FFh
        out     40h, al
        out     40h, al
        ret

pic:    heading "8259"
        mov     qword [end_of_interrupt], eoi_pic
        pic_write 20h, 11h
        pic_write 21h, PIC_VECTOR
        pic_write 21h, 4
        pic_write 21h, 1
        pic_write 0A0h, 11h
        pic_write 0A1h, PIC_VECTOR + 8
        pic_write 0A1h, 2
        pic_write 0A1h, 1
        pic_write 21h, 0FFh
        pic_write 0A1h, 0FFh
        call    lower_irq_0
        call    show_pic
        call    raise_irq_0
        call    show_pic
        place   "masked", {times 4 nop}
        pic_write 21h, 0FEh
        place   "IF=0", {times 4 nop}
        place   "STI", {db 0FBh, 90h, 90h, 90h}
        call    show_pic
        call    lower_irq_0
        mov     qword [end_of_interrupt], eoi_none
        call    raise_irq_0
        place   "no EOI", {db 0FBh, 90h, 90h, 90h}
        call    show_pic
        call    lower_irq_0
        call    raise_irq_0
        place   "again, still in service", {db 0FBh, 90h, 90h, 90h}
        call    show_pic
        pic_write 20h, 60h                      ; specific EOI of level 0
        place   "after its EOI", {db 0FBh, 90h, 90h, 90h}
        pic_write 20h, 20h
        call    show_pic
        call    lower_irq_0
        call    raise_irq_0
        pic_write 20h, 0Ch                      ; poll
        in      al, 20h
        say     "  poll "
        call    print_hex_2
        say     10
        call    show_pic
        pic_write 20h, 20h
        pic_write 21h, 0FFh
        call    lower_irq_0
        ret

; ------------------------------------------------------------------------------------------------- local APIC

%macro show_apic 2
        say     "  ", %1, "="
        mov     eax, [%2]
        call    print_hex_8
        say     10
%endmacro

apic_registers:
        heading "local APIC"
        mov     qword [end_of_interrupt], eoi_apic
        mov     ecx, IA32_APIC_BASE
        rdmsr
        and     eax, 0FFFFFFFFh
        say     "  IA32_APIC_BASE="
        call    print_hex_8
        say     10
        mov     dword [LAPIC_SVR], 1FFh
        mov     dword [LAPIC_TPR], 0
        show_apic "ID", LAPIC_ID
        show_apic "SVR", LAPIC_SVR
        show_apic "DFR", LAPIC_DFR
        mov     dword [LAPIC_LDR], 0FFFFFFFFh
        show_apic "LDR after all ones", LAPIC_LDR
        mov     dword [LAPIC_TPR], 0FFFFFFFFh
        show_apic "TPR after all ones", LAPIC_TPR
        mov     rax, cr8
        say     "  CR8="
        call    print_hex_8
        say     10
        show_apic "PPR", LAPIC_PPR
        mov     eax, 5
        mov     cr8, rax
        show_apic "TPR after CR8 of 5", LAPIC_TPR
        xor     eax, eax
        mov     cr8, rax
        mov     dword [LAPIC_LVT_TIMER], 000100EFh
        show_apic "LVT timer", LAPIC_LVT_TIMER
        mov     dword [LAPIC_LVT_LINT1], 10000h
        mov     dword [LAPIC_LVT_LINT0], 10000h
        ret

show_bits:
        say     "  IRR:"
        mov     ebx, LAPIC_IRR
        call    .vectors
        say     " ISR:"
        mov     ebx, LAPIC_ISR
        call    .vectors
        say     " PPR="
        mov     eax, [LAPIC_PPR]                ; only accesses of 32 bits are defined
        call    print_hex_2
        say     10
        ret
.vectors:
        xor     ecx, ecx
.next:  mov     edx, ecx
        shr     edx, 5
        shl     edx, 4
        mov     edx, [rbx + rdx]
        bt      edx, ecx
        jnc     .skip
        say     " "
        show    2, rcx
.skip:  inc     ecx
        cmp     ecx, 256
        jb      .next
        ret

self_interrupts:
        heading "interrupts to itself"
        self_ipi V1
        call    show_bits
        place   "IF=0", {times 4 nop}
        place   "STI", {db 0FBh, 90h, 90h, 90h}
        call    show_bits
        self_ipi V1
        self_ipi V1
        place   "sent twice", {db 0FBh, 90h, 90h, 90h}
        self_ipi V1
        self_ipi V2
        place   "two: the higher first", {db 0FBh, 90h, 90h, 90h}
        mov     qword [end_of_interrupt], eoi_none
        self_ipi V1
        place   "without EOI", {db 0FBh, 90h, 90h, 90h}
        call    show_bits
        self_ipi V1
        place   "again, while in service", {db 0FBh, 90h, 90h, 90h}
        call    show_bits
        self_ipi V2
        place   "a higher one", {db 0FBh, 90h, 90h, 90h}
        call    show_bits
        mov     qword [end_of_interrupt], eoi_apic
        mov     dword [LAPIC_EOI], 0
        call    show_bits
        mov     dword [LAPIC_EOI], 0
        place   "after both EOIs", {db 0FBh, 90h, 90h, 90h}
        mov     dword [LAPIC_EOI], 0
        call    show_bits
        ret

priorities:
        heading "task priority"
        mov     dword [LAPIC_TPR], 30h
        self_ipi V1
        place   "TPR 30H", {db 0FBh, 90h, 90h, 90h}
        mov     dword [LAPIC_TPR], 2Fh
        show_apic "PPR", LAPIC_PPR
        place   "TPR 2FH", {db 0FBh, 90h, 90h, 90h}
        mov     eax, 4
        mov     cr8, rax
        self_ipi V2
        self_ipi V1
        place   "CR8 of 4", {db 0FBh, 90h, 90h, 90h}
        mov     eax, 3
        mov     cr8, rax
        place   "CR8 of 3", {db 0FBh, 90h, 90h, 90h}
        xor     eax, eax
        mov     cr8, rax
        place   "CR8 of 0", {db 0FBh, 90h, 90h, 90h}
        self_ipi V2
        self_ipi V3
        place   "same class, the higher first", {db 0FBh, 90h, 90h, 90h}
        ret

; ------------------------------------------------------------------------------------------------- shadows

shadows:
        heading "interrupt shadows"
        self_ipi V1
        place   "STI, CLI", {db 0FBh, 0FAh, 90h}
        place   "STI, STI, NOP", {db 0FBh, 0FBh, 90h, 90h}
        self_ipi V1
        place   "POPF", {call popf_if}
        self_ipi V1
        mov     ecx, KERNEL_DATA
        place   "STI, MOV SS, NOP", {db 0FBh, 8Eh, 0D1h, 90h, 90h, 90h}
        self_ipi V1
        place   "STI, MOV SS, MOV SS, NOP", {db 0FBh, 8Eh, 0D1h, 8Eh, 0D1h, 90h, 90h}
        self_ipi V1
        place   "IRETQ with IF", {call iret_if}
        self_ipi V1
        place   "STI, PUSHF, POPF with IF=0", {call sti_popf}
        place   "then STI, NOP", {db 0FBh, 90h, 90h}
        self_ipi V1
        place   "STI, RET", {call sti_ret}
        ret
popf_if:
        push    FLAG_IF | 2
        mov     qword [attempt_start], .there
.there: popfq
        nop
        nop
        cli
        ret
iret_if:
        mov     rax, rsp
        push    KERNEL_DATA
        push    rax
        push    FLAG_IF | 2
        push    KERNEL_CODE
        push    .there
        mov     qword [attempt_start], .there
        iretq
.there: nop
        nop
        cli
        ret
sti_popf:
        push    2
        mov     qword [attempt_start], .there
.there: sti
        popfq
        nop
        ret
sti_ret:
        call    .inner
        nop
        cli
        ret
.inner: mov     qword [attempt_start], .there
.there: sti
        ret

halting:
        heading "HLT"
        self_ipi V1
        place   "STI, HLT", {db 0FBh, 0F4h, 90h, 90h}
        mov     dword [LAPIC_TIMER_DIVIDE], 0Bh
        mov     dword [LAPIC_LVT_TIMER], V2
        mov     dword [LAPIC_TIMER_COUNT], 100000
        place   "HLT until the timer's one shot", {db 0FBh, 0F4h, 90h, 90h}
        mov     dword [LAPIC_LVT_TIMER], 10000h
        ret

nmi:    heading "NMI"
        ; Taken within the instructions after it was sent; where, is not told.
        mov     byte [hides_place], 1
        mov     dword [nested_nmis], 2
        place   "sent from its own handler: one after the other's IRET", {call send_nmi}
        self_ipi V1
        place   "interrupts stay masked by IF", {call send_nmi}
        mov     byte [hides_place], 0
        place   "and come with it", {db 0FBh, 90h, 90h, 90h}
        ret
send_nmi:
        mov     dword [LAPIC_ICR_HIGH], 0       ; the shorthand "self" is for fixed interrupts only
        mov     dword [LAPIC_ICR], ICR_NMI
        mov     eax, [LAPIC_ICR]
        jmp     .next
.next:  ret

; ------------------------------------------------------------------------------------------------- errors

apic_errors:
        heading "errors"
        mov     dword [LAPIC_LVT_ERROR], 10000h
        mov     dword [LAPIC_ESR], 0
        self_ipi 5
        mov     dword [LAPIC_ESR], 0
        show_apic "ESR after vector 5 was sent", LAPIC_ESR
        mov     dword [LAPIC_ESR], 0
        show_apic "ESR, written again", LAPIC_ESR
        mov     dword [LAPIC_LVT_TIMER], 10005h
        mov     dword [LAPIC_ESR], 0
        show_apic "ESR after an LVT entry of vector 5", LAPIC_ESR
        mov     dword [LAPIC_LVT_TIMER], 10000h
        call    show_bits
        ret

software_enable:
        heading "disabled by SVR"
        mov     dword [LAPIC_LVT_TIMER], V1
        self_ipi V2
        mov     dword [LAPIC_SVR], 0FFh
        show_apic "LVT timer", LAPIC_LVT_TIMER
        mov     dword [LAPIC_LVT_TIMER], V1
        show_apic "LVT timer, written unmasked", LAPIC_LVT_TIMER
        mov     dword [LAPIC_SVR], 1FFh
        show_apic "LVT timer, enabled again", LAPIC_LVT_TIMER
        place   "what was pending", {db 0FBh, 90h, 90h, 90h}
        ret

; ------------------------------------------------------------------------------------------------- x2APIC

%macro write_x2apic 2
        mov     ecx, X2APIC_MSR + (%1)
        mov     eax, %2
        xor     edx, edx
        try     "", wrmsr
%endmacro
%macro x2apic_case 4                            ; title, register, EDX, EAX
        mov     ecx, X2APIC_MSR + (%2)
        mov     edx, %3
        mov     eax, %4
        try     %1, wrmsr
%endmacro
eoi_x2apic:
        push    rcx
        push    rdx
        mov     ecx, X2APIC_MSR + 0Bh
        xor     eax, eax
        xor     edx, edx
        wrmsr
        pop     rdx
        pop     rcx
        ret

x2apic: heading "x2APIC"
        need    1, ecx, 21, "x2APIC"
        mov     ecx, X2APIC_MSR + 2
        try     "RDMSR in xAPIC mode", rdmsr
        mov     ecx, IA32_APIC_BASE
        rdmsr
        or      eax, 400h
        try     "to x2APIC mode", wrmsr
        mov     qword [end_of_interrupt], eoi_x2apic
        mov     ecx, X2APIC_MSR + 2
        try     "RDMSR of the ID", rdmsr
        say     "  ID="
        call    print_hex_8
        mov     ecx, X2APIC_MSR + 0Dh
        rdmsr
        say     " LDR="
        call    print_hex_8
        say     10
        x2apic_case "ID is read-only", 2, 0, 0
        x2apic_case "LDR is read-only", 0Dh, 0, 0
        x2apic_case "there is no DFR", 0Eh, 0, 0
        x2apic_case "there is no ICR high", 31h, 0, 0
        x2apic_case "EOI of 1", 0Bh, 0, 1
        x2apic_case "TPR above 8 bits", 8, 0, 100h
        x2apic_case "TPR, upper half", 8, 1, 0
        x2apic_case "SVR reserved bits", 0Fh, 0, 10000h
        x2apic_case "ESR of 1", 28h, 0, 1
        mov     ecx, X2APIC_MSR + 3Fh
        try     "RDMSR of SELF IPI", rdmsr
        mov     ecx, X2APIC_MSR + 0Bh
        try     "RDMSR of EOI", rdmsr
        x2apic_case "SELF IPI", 3Fh, 0, V1
        place   "STI", {db 0FBh, 90h, 90h, 90h}
        x2apic_case "SELF IPI above 8 bits", 3Fh, 0, 100h
        x2apic_case "ICR to itself", 30h, 0, ICR_SELF | V2
        place   "STI", {db 0FBh, 90h, 90h, 90h}
        mov     ecx, IA32_APIC_BASE
        rdmsr
        and     eax, ~400h
        try     "back to xAPIC mode directly", wrmsr
        mov     ecx, IA32_APIC_BASE
        rdmsr
        and     eax, ~0C00h
        try     "disabled", wrmsr
        has_feature 1, edx, 9
        setc    al
        say     "  CPUID APIC="
        call    print_hex_1
        say     10
        ret
