; FXSAVE, the XSAVE family, and the exceptions of x87, SSE and their absence. SDM 1, chapter "Managing State Using the
; XSAVE Feature Set", "FXSAVE and FXRSTOR Instructions"; SDM 3A, "Interrupt 16", "Interrupt 19".

        %include "lib/image.inc"
        %include "lib/long.inc"

AREA            equ TARGETS                     ; aligned to 64 bytes
HEADER          equ AREA + 512
XCOMP_COMPACT   equ 1 << 63

main:   copy_user_code
        call    fxsave_layout
        call    fxrstor_checks
        call    x87_exceptions
        call    sse_exceptions
        call    xsave_layout
        call    xsave_compact
        call    xrstor_checks
        call    xsave_supervisor
        call    protection_key_component
        ret

fill_area:
        mov     rdi, AREA
        mov     ecx, 1024 / 4
        mov     eax, 0CCCCCCCCh
        cld
        rep     stosd
        ret

%macro field 3                                  ; "name", digits, offset
        say     " ", %1, "="
        mov     rax, [AREA + %3]
        call    print_hex_%2
%endmacro

; x87 and SSE registers with known contents.
set_state:
        fninit
        fld1
        fldpi
        movups  xmm0, [.xmm]
        movups  xmm15, [.xmm + 4]
        ldmxcsr [.mxcsr]
        ret
        align 16
.xmm:   dd      00112233h, 44556677h, 8899AABBh, 0CCDDEEFFh, 12345678h
.mxcsr: dd      1F80h

show_legacy_area:
        field   "FCW", 4, 0
        field   "FSW", 4, 2
        field   "FTW", 2, 4
        field   "reserved", 2, 5
        field   "MXCSR", 8, 24
        field   "mask", 8, 28
        say     10, " "
        field   "ST0", 16, 32
        field   "exponent", 4, 40
        field   "padding", 4, 46
        field   "ST1", 16, 48
        say     10, " "
        field   "XMM0", 16, 160
        field   "XMM0", 16, 168
        field   "XMM15", 16, 400
        field   "end", 16, 416
        field   "end", 16, 496
        say     10
        ret

fxsave_layout:
        heading "FXSAVE"
        call    fill_area
        call    set_state
        fxsave64 [AREA]
        call    show_legacy_area
        ; FOP, FIP and FDP of an instruction with an unmasked exception. Processors keep FOP for these at least.
        fninit
        fldcw   [.unmasked]
        fld1
.divide:
        fdiv    dword [.zero]
        fxsave64 [AREA]
        say     "  FIP is that of the instruction: "
        xor     eax, eax
        cmp     qword [AREA + 8], .divide
        sete    al
        call    print_hex_1
        say     " FDP that of its operand: "
        xor     eax, eax
        cmp     qword [AREA + 16], .zero
        sete    al
        call    print_hex_1
        field   "FOP", 4, 6
        field   "FSW", 4, 2
        say     10
        fxsave  [AREA]
        say     "  32-bit form: CS="
        show    4, [AREA + 12]
        say     " DS="
        show    4, [AREA + 20]
        say     10
        fnclex
        fninit
        ; Empty registers keep their place: the tags are by physical register.
        fld1
        ffree   st0
        fincstp
        fld1
        fld1
        fxsave64 [AREA]
        field   "FSW", 4, 2
        field   "FTW", 2, 4
        say     10
        ; What FXRSTOR puts back.
        call    set_state
        fxsave64 [AREA]
        fninit
        pxor    xmm0, xmm0
        fxrstor64 [AREA]
        movq    rax, xmm0
        say     "  restored XMM0="
        call    print_hex_16
        fstp    qword [AREA + 512]
        say     " ST0="
        show    16, [AREA + 512]
        say     10
        ret
.unmasked:
        dw      037Bh                           ; zero divide not masked
.zero:  dd      0

fxrstor_checks:
        heading "FXRSTOR"
        call    set_state
        fxsave64 [AREA]
        mov     dword [AREA + 24], 11F80h
        try     "MXCSR bit 16", fxrstor64 [AREA]
        mov     dword [AREA + 24], 0FFFFh
        try     "MXCSR of all bits", fxrstor64 [AREA]
        stmxcsr [AREA + 512]
        say     "  "
        show    8, [AREA + 512]
        say     10
        ldmxcsr [set_state.mxcsr]
        try     "unaligned", fxrstor64 [AREA + 8]
        mov     qword [AREA + 40], 7FFFh        ; an infinity and a reserved word behind it
        mov     dword [AREA + 24], 1F80h
        fxrstor64 [AREA]
        fxsave64 [AREA]
        say "  FTW "
        show    2, [AREA + 4]
        say     10
        fninit
        ret

; ------------------------------------------------------------------------------------------------- #MF and #XM

x87_exceptions:
        heading "x87 exceptions"
        fninit
        fldcw   [fxsave_layout.unmasked]
        fld1
        try     "FDIV by 0", fdiv dword [fxsave_layout.zero]
        try     "FNSTSW", fnstsw ax
        show    4, rax
        say     10
        try     "FNSTCW", fnstcw [AREA]
        try     "FWAIT", fwait
        try     "FLD1", fld1
        try     "EMMS", emms
        try     "PADDB mm", paddb mm0, mm0
        try     "ADDPS xmm", addps xmm0, xmm0
        try     "FXSAVE", fxsave [AREA]
        try     "FNSAVE", fnsave [AREA]
        try     "FWAIT after FNSAVE", fwait
        fninit
        fldcw   [fxsave_layout.unmasked]
        fld1
        fdiv    dword [fxsave_layout.zero]
        try     "FNCLEX", fnclex
        try     "FWAIT after FNCLEX", fwait
        fldcw   [fxsave_layout.unmasked]
        fninit
        fldz
        fld1
        fdivrp  st1, st0                        ; masked: the flag is set only
        try     "masked", fwait
        fnstsw  ax
        say     "  FSW="
        call    print_hex_4
        say     10
        fldcw   [fxsave_layout.unmasked]
        try     "unmasked afterwards", fwait
        fnclex
        fninit
        ; With FLDENV an exception becomes pending as well.
        fnstenv [AREA]
        mov     dword [AREA], 0FFFF037Bh
        mov     dword [AREA + 4], 0FFFF0004h
        try     "FLDENV", fldenv [AREA]
        try     "FWAIT", fwait
        fninit
        ret

; sse_case "title", MXCSR, instruction
%macro sse_case 3+
        mov     dword [AREA], %2
        ldmxcsr [AREA]
        movups  xmm0, [.one]
        movups  xmm1, [.operands]
        try     %1, %3
        call    show_mxcsr
%endmacro
show_mxcsr:
        stmxcsr [AREA]
        say     "  MXCSR="
        show    4, [AREA]
        movq    rax, xmm0
        say     " XMM0="
        call    print_hex_16
        say     10
        ldmxcsr [set_state.mxcsr]
        ret

sse_exceptions:
        heading "SSE exceptions"
        sse_case "division by 0, masked", 1F80h, divss xmm0, xmm1
        sse_case "division by 0", 1D80h, divss xmm0, xmm1
        sse_case "precision", 0F80h, divss xmm0, [.three]
        sse_case "invalid", 1F00h, sqrtss xmm0, [.minus]
        sse_case "denormal", 1E80h, addss xmm0, [.denormal]
        sse_case "denormal, DAZ", 1EC0h, addss xmm0, [.denormal]
        sse_case "overflow", 1B80h, mulss xmm0, [.huge]
        sse_case "underflow", 1780h, mulss xmm0, [.tiny]
        sse_case "two at once, packed: zero divide and invalid", 1C00h, divps xmm0, xmm1
        sse_case "packed, one part", 1D80h, divps xmm0, xmm1
        sse_case "flag set before, now unmasked", 1D84h, addss xmm0, xmm0
        sse_case "unordered compare of a quiet NaN", 1F00h, ucomiss xmm0, [.quiet]
        sse_case "ordered compare of a quiet NaN", 1F00h, comiss xmm0, [.quiet]
        sse_case "conversion out of range", 1F00h, cvttss2si eax, [.huge]
        clear_cr4 CR4_OSXMMEXCPT
        sse_case "CR4.OSXMMEXCPT=0", 1D80h, divss xmm0, xmm1
        set_cr4 CR4_OSXMMEXCPT
        ret
        align 16
.one:   dd      3F800000h, 0, 3F800000h, 3F800000h
.operands:
        dd      0, 0, 3F800000h, 3F800000h
.three: dd      40400000h
.minus: dd      0BF800000h
.denormal:
        dd      1
.huge:  dd      7F7FFFFFh
.tiny:  dd      00000001h
.quiet: dd      7FC00000h

; ------------------------------------------------------------------------------------------------- XSAVE

%macro with_mask 1
        mov     eax, (%1) & 0FFFFFFFFh
        mov     edx, (%1) >> 32
%endmacro
show_header:
        say     "  XSTATE_BV="
        show    16, [HEADER]
        say     " XCOMP_BV="
        show    16, [HEADER + 8]
        say     " reserved="
        show    16, [HEADER + 16]
        say     10
        ret

xsave_layout:
        heading "XSAVE"
        need    1, ecx, 26, "XSAVE"
        set_cr4 CR4_OSXSAVE
        xor     ecx, ecx
        with_mask 3
        xsetbv
        mov     eax, 0Dh
        xor     ecx, ecx
        cpuid
        say     "size for x87 and SSE: "
        show    4, rbx
        say     10
        call    fill_area
        mov     qword [HEADER], 0
        call    set_state
        with_mask 3
        xsave64 [AREA]
        call    show_legacy_area
        call    show_header
        call    fill_area
        mov     qword [HEADER], 4
        with_mask 1
        xsave64 [AREA]
        say     "x87 only", 10
        call    show_legacy_area
        call    show_header
        call    fill_area
        mov     qword [HEADER], 0
        with_mask 2
        xsave64 [AREA]
        say     "SSE only", 10
        call    show_legacy_area
        call    show_header
        ; Components in their initial configuration.
        fninit
        pxor    xmm0, xmm0
        call    clear_xmm
        with_mask 3
        mov     qword [HEADER], 0
        xsave64 [AREA]
        say     "in the initial configuration (bits may be 0 or 1)", 10
        try     "unaligned by 32", xsave64 [AREA + 32]
        mov     rbx, 800000000000h
        try     "not canonical", xsave64 [rbx]
        ret

clear_xmm:
%assign n 0
%rep 16
        pxor    xmm%[n], xmm%[n]
  %assign n n + 1
%endrep
        ret

xsave_compact:
        heading "XSAVEC and XSAVEOPT"
        mov     eax, 0Dh
        mov     ecx, 1
        cpuid
        test    eax, 2
        jnz     .there
        say     "XSAVEC is not available", 10
        ret
.there: call    fill_area
        call    set_state
        with_mask 3
        xsavec64 [AREA]
        call    show_header
        call    fill_area
        with_mask 2
        xsavec64 [AREA]
        call    show_header
        ; A component that is in its initial configuration is not marked.
        call    clear_xmm
        ldmxcsr [set_state.mxcsr]
        fninit
        with_mask 3
        xsavec64 [AREA]
        say     "initial:", 10
        call    show_header
        mov     ecx, 1
        xgetbv
        say     "  XINUSE and XCR0: "
        and     eax, 3
        call    print_hex_1
        say     10
        call    set_state
        mov     ecx, 1
        xgetbv
        say     "  XINUSE and XCR0: "
        and     eax, 3
        call    print_hex_1
        say     10
        ; What XRSTOR reads of the compact form.
        call    fill_header
        with_mask 3
        xsavec64 [AREA]
        call    clear_xmm
        fninit
        with_mask 3
        xrstor64 [AREA]
        movq    rax, xmm0
        say     "  restored XMM0="
        call    print_hex_16
        say     10
        mov     qword [HEADER], 1
        with_mask 3
        xrstor64 [AREA]
        movq    rax, xmm0
        say     "  initialized XMM0="
        call    print_hex_16
        stmxcsr [AREA]
        say     " MXCSR="
        show    4, [AREA]
        say     10
        ret

xrstor_checks:
        heading "XRSTOR"
        call    set_state
        call    fill_header
        with_mask 3
        xsave64 [AREA]
        try     "good", xrstor64 [AREA]
        mov     qword [HEADER], 7
        try     "XSTATE_BV beyond XCR0", xrstor64 [AREA]
        mov     qword [HEADER], 3
        mov     qword [HEADER + 8], 1
        try     "XCOMP_BV without bit 63", xrstor64 [AREA]
        mov     qword [HEADER + 8], 0
        mov     qword [HEADER + 16], 1
        try     "reserved byte 16", xrstor64 [AREA]
        mov     qword [HEADER + 16], 0
        mov     qword [HEADER + 24], 1
        try     "reserved byte 24, standard form", xrstor64 [AREA]
        mov     qword [HEADER + 24], 0
        mov     dword [AREA + 24], 11F80h
        try     "MXCSR bit 16", xrstor64 [AREA]
        with_mask 1
        try     "MXCSR bit 16, x87 only", xrstor64 [AREA]
        mov     dword [AREA + 24], 1F80h
        with_mask 3
        mov     rax, XCOMP_COMPACT | 3
        mov     [HEADER + 8], rax
        with_mask 3
        try     "compact", xrstor64 [AREA]
        mov     rax, XCOMP_COMPACT | 1
        mov     [HEADER + 8], rax
        with_mask 3
        try     "XSTATE_BV beyond XCOMP_BV", xrstor64 [AREA]
        mov     rax, XCOMP_COMPACT | 103h
        mov     [HEADER + 8], rax
        with_mask 3
        try     "XCOMP_BV beyond XCR0", xrstor64 [AREA]
        mov     qword [HEADER + 8], 0
        with_mask 3
        try     "unaligned", xrstor64 [AREA + 16]
        ; A mask without SSE still leaves MXCSR alone; one with it and XSTATE_BV 0 does not.
        mov     dword [AREA + 24], 1F00h
        mov     qword [HEADER], 3
        with_mask 1
        xrstor64 [AREA]
        stmxcsr [AREA + 1024]
        say     "MXCSR after x87 only: "
        show    4, [AREA + 1024]
        with_mask 2
        xrstor64 [AREA]
        stmxcsr [AREA + 1024]
        say     " after SSE: "
        show    4, [AREA + 1024]
        say     10
        ldmxcsr [set_state.mxcsr]
        ; CR0.TS and the order of checks.
        mov     rax, cr0
        or      eax, CR0_TS
        mov     cr0, rax
        with_mask 3
        try     "CR0.TS: XSAVE", xsave64 [AREA]
        try     "CR0.TS: XSAVE, unaligned", xsave64 [AREA + 1]
        try     "CR0.TS: XGETBV", {call get_xcr0}
        clts
        ret
get_xcr0:
        xor     ecx, ecx
        xgetbv
        ret
fill_header:
        mov     rdi, HEADER
        mov     ecx, 8
        xor     eax, eax
        cld
        rep     stosq
        ret

xsave_supervisor:
        heading "XSAVES"
        mov     eax, 0Dh
        mov     ecx, 1
        cpuid
        test    eax, 8
        jnz     .there
        say     "XSAVES is not available", 10
        ret
.there: call    fill_area
        call    set_state
        call    fill_header
        with_mask 3
        try     "XSAVES", xsaves64 [AREA]
        call    show_header
        try     "XRSTORS", xrstors64 [AREA]
        mov     qword [HEADER + 8], 3
        try     "XRSTORS of the standard form", xrstors64 [AREA]
        mov     ecx, 0DA0h
        mov     edx, 80000000h
        xor     eax, eax
        try     "IA32_XSS bit 63", wrmsr
        try_user "XSAVES at CPL 3", user_xsaves
        try_user "XRSTORS at CPL 3", user_xrstors
        ret

; PKRU as component 9.
protection_key_component:
        heading "PKRU component"
        need    7, ecx, 3, "PKU"
        set_cr4 CR4_PKE
        xor     ecx, ecx
        with_mask 203h
        xsetbv
        mov     eax, 0Dh
        mov     ecx, 9
        cpuid
        say     "size "
        call    print_hex_4
        say     10
        mov     [.offset], ebx
        call    fill_area
        call    fill_header
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 12345670h
        wrpkru
        with_mask 200h
        xsave64 [AREA]
        call    show_header
        mov     ebx, [.offset]
        say     "  PKRU="
        show    8, [AREA + rbx]
        say     10
        xor     eax, eax
        xor     edx, edx
        wrpkru
        with_mask 200h
        xrstor64 [AREA]
        rdpkru
        say     "  restored "
        call    print_hex_8
        mov     qword [HEADER], 0
        with_mask 200h
        xrstor64 [AREA]
        xor     ecx, ecx
        rdpkru
        say     " initialized "
        call    print_hex_8
        say     10
        mov     eax, 12345670h
        xor     edx, edx
        wrpkru
        call    fill_area
        with_mask 203h
        xsavec64 [AREA]
        call    show_header
        say     "  compact PKRU="
        show    8, [AREA + 576]
        say     10
        xor     eax, eax
        xor     edx, edx
        wrpkru
        xor     ecx, ecx
        with_mask 3
        xsetbv
        clear_cr4 CR4_PKE
        ret
.offset:
        dd      0

user_code_start:
user_xsaves:
        xsaves64 [USER_AREA + 1000h]
        int     RETURN_VECTOR
user_xrstors:
        xrstors64 [USER_AREA + 1000h]
        int     RETURN_VECTOR
user_code_end:
