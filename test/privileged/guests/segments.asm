; Segmentation in 32-bit protected mode. SDM 3A, chapter "Protection"; SDM 2, "MOV", "LAR", "LSL", "VERR/VERW", "CALL",
; "RET", "IRET".

        %include "lib/image.inc"
        %include "lib/protected.inc"

S1      equ FREE_SELECTOR
S2      equ FREE_SELECTOR + 8
S3      equ FREE_SELECTOR + 16
LDT_SELECTOR equ FREE_SELECTOR + 24
LDT     equ GUEST_TABLES
INNER_STACK_TOP equ STACK_TOP - 0C000h

main:   call    limits
        call    types
        call    loads
        call    accessed_flags
        call    inspection
        call    adjust_rpl
        call    local_table
        call    far_jumps
        call    far_calls
        call    inner_calls
        call    far_returns
        call    interrupt_returns
        call    small_stacks
        ret

; define SELECTOR, base, limit, access, flags: a descriptor in the GDT.
%macro define 5
        mov     dword [descriptor_of(%1)], ((%3) & 0FFFFh) | (((%2) & 0FFFFh) << 16)
        mov     dword [descriptor_of(%1) + 4], (((%2) >> 16) & 0FFh) | ((%4) << 8) | ((%3) & 0F0000h) | ((%5) << 20) | ((%2) & 0FF000000h)
%endmacro

; gate SELECTOR, target selector, offset, access, parameters
%macro gate 5
        mov     eax, %3
        mov     [descriptor_of(%1)], ax
        mov     word [descriptor_of(%1) + 2], %2
        mov     word [descriptor_of(%1) + 4], (%5) | ((%4) << 8)
        shr     eax, 16
        mov     [descriptor_of(%1) + 6], ax
%endmacro

; load_es SELECTOR
%macro load_es 1
        mov     eax, %1
        mov     es, eax
%endmacro

; ------------------------------------------------------------------------------------------------- accesses

; es_case "title", instruction: with ES as S1 describes.
%macro es_case 2+
        load_es S1
        try     %1, %2
%endmacro

limits: heading "limits"
        define  S1, TARGETS, 0FFFh, 93h, 4
        es_case "byte at the limit", mov al, [es:0FFFh]
        es_case "byte beyond", mov al, [es:1000h]
        es_case "dword at the limit", mov eax, [es:0FFCh]
        es_case "dword beyond", mov eax, [es:0FFDh]
        es_case "qword at the limit", fld qword [es:0FF8h]
        es_case "qword beyond", fld qword [es:0FF9h]
        es_case "far pointer beyond", les eax, [es:0FFBh]
        es_case "write beyond", mov [es:1000h], al
        es_case "offset -1", mov al, [es:0FFFFFFFFh]
        es_case "LEA beyond", lea eax, [es:1000h]
        es_case "INVLPG beyond", invlpg [es:1000h]
        es_case "CLFLUSH beyond", clflush [es:1000h]
        es_case "PREFETCHT0 beyond", prefetcht0 [es:1000h]
        define  S1, TARGETS, 1, 93h, 0Ch
        es_case "page granularity, last byte", mov al, [es:1FFFh]
        es_case "page granularity, beyond", mov al, [es:2000h]
        define  S1, TARGETS, 0FFFh, 97h, 4
        es_case "expand-down, at the limit", mov al, [es:0FFFh]
        es_case "expand-down, above the limit", mov al, [es:1000h]
        es_case "expand-down, dword from the limit", mov eax, [es:0FFFh]
        es_case "expand-down, high", mov al, [es:1000000h]
        define  S1, TARGETS, 0FFFh, 97h, 0
        es_case "expand-down, 16 bits, last byte", mov al, [es:0FFFFh]
        es_case "expand-down, 16 bits, beyond", mov al, [es:10000h]
        es_case "expand-down, 16 bits, dword beyond", mov eax, [es:0FFFDh]
        define  S1, TARGETS, 0FFFFFh, 97h, 0Ch
        es_case "expand-down without room", mov al, [es:0FFFFFFFFh]
        define  S1, 0, 0FFFFFh, 97h, 4
        es_case "expand-down, 1 MiB", mov al, [es:100000h]
        ; String instructions, and the stack segment.
        define  S1, TARGETS, 0FFFh, 93h, 4
        mov     edi, 0FFEh
        mov     ecx, 4
        cld
        load_es S1
        try     "REP STOSB over the limit", rep stosb
        say     "  ecx="
        show    8, ecx
        say     " edi="
        show    8, edi
        say     10
        define  S1, 0, (STACK_TOP >> 12) - 1, 93h, 0Ch
        mov     eax, S1
        mov     ss, eax
        try     "SS: read beyond", mov eax, [ss:STACK_TOP]
        mov     eax, S1
        mov     ss, eax
        mov     ebp, STACK_TOP
        try     "SS by EBP: read beyond", mov eax, [ebp]
        mov     eax, KERNEL_DATA
        mov     ss, eax
        define  S1, 0, (STACK_TOP >> 12) - 2, 93h, 0Ch
        mov     eax, S1
        mov     [.far_stack + 4], ax
        try     "PUSH beyond", {call .push_beyond}
        ret
.far_stack:
        dd STACK_TOP, 0
.push_beyond:
        lss     esp, [.far_stack]
        mov     dword [attempt_start], .there
.there: push    eax

types:  heading "segment types"
        define  S1, TARGETS, 0FFFh, 91h, 4
        es_case "read-only data, read", mov al, [es:0]
        es_case "read-only data, write", mov [es:0], al
        es_case "read-only data, read-modify-write", inc byte [es:0]
        define  S1, TARGETS, 0FFFh, 9Bh, 4
        es_case "readable code, read", mov al, [es:0]
        es_case "readable code, write", mov [es:0], al
        xor     eax, eax
        mov     es, eax
        try     "null selector, read", mov al, [es:0]
        mov     eax, 3
        mov     es, eax
        try     "null selector of RPL 3, write", mov [es:0], al
        try     "write through CS", mov [cs:TARGETS], al
        try     "read through CS", mov al, [cs:TARGETS]
        define  S1, 0, 0FFFFFh, 99h, 0Ch
        mov     dword [.execute_only], .read_cs
        mov     word [.execute_only + 4], S1
        try     "execute-only code, read through CS", call far [.execute_only]
        ret
.read_cs:
        mov     dword [attempt_start], .there
.there: mov     al, [cs:TARGETS]
        retf
.execute_only:
        dd 0, 0

; ------------------------------------------------------------------------------------------------- loads

%macro load_case 5+                             ; title, access, flags, RPL, instruction with AX
        define  S1, TARGETS, 0FFFh, %2, %3
        mov     eax, S1 + %4
        try     %1, %5
%endmacro

loads:  heading "loads of segment registers"
        load_case "data", 93h, 4, 0, mov es, eax
        load_case "data, RPL 3, DPL 0", 93h, 4, 3, mov es, eax
        load_case "data, RPL 3, DPL 3", 0F3h, 4, 3, mov es, eax
        load_case "data, not present", 13h, 4, 0, mov es, eax
        load_case "execute-only code", 99h, 4, 0, mov es, eax
        load_case "readable code", 9Bh, 4, 0, mov es, eax
        load_case "conforming readable code, RPL 3, DPL 0", 9Fh, 4, 3, mov es, eax
        load_case "conforming execute-only code", 9Dh, 4, 0, mov es, eax
        load_case "LDT", 82h, 0, 0, mov es, eax
        load_case "TSS, not present", 09h, 0, 0, mov es, eax
        load_case "SS: data", 93h, 4, 0, mov ss, eax
        load_case "SS: expand-down", 97h, 4, 0, {call .mov_ss_flat}
        load_case "SS: read-only data", 91h, 4, 0, mov ss, eax
        load_case "SS: code", 9Bh, 4, 0, mov ss, eax
        load_case "SS: RPL 3", 93h, 4, 3, mov ss, eax
        load_case "SS: DPL 3", 0F3h, 4, 0, mov ss, eax
        load_case "SS: not present", 13h, 4, 0, mov ss, eax
        load_case "SS: read-only and not present", 11h, 4, 0, mov ss, eax
        mov     eax, 0
        try     "SS: null", mov ss, eax
        mov     eax, 0FFF8h
        try     "beyond the GDT", mov ds, eax
        mov     eax, 0Ch
        try     "LDT without an LDT", mov fs, eax
        mov     eax, 3
        try     "null with RPL 3", mov gs, eax
        try     "POP ES of a bad selector", {call .pop_bad}
        define  S1, TARGETS, 0FFFh, 93h, 4
        mov     dword [TARGETS + 100h], 12345678h
        mov     word [TARGETS + 104h], 0FFF8h
        mov     eax, 5
        try     "LES of a bad selector", les eax, [TARGETS + 100h]
        say     "  eax="
        show    8, eax
        say     10
        mov     word [TARGETS + 104h], S1
        try     "LFS", lfs eax, [TARGETS + 100h]
        say     "  eax="
        show    8, eax
        mov     eax, fs
        say     " fs="
        show    4, eax
        say     10
        mov     word [TARGETS + 104h], 0
        try     "LSS of a null selector", lss eax, [TARGETS + 100h]
        ; At CPL 3.
        try_user "CPL 3: data of DPL 0", .user_dpl_0
        try_user "CPL 3: conforming code of DPL 0", .user_conforming
        try_user "CPL 3: SS of DPL 0", .user_ss
        try_user "CPL 3: SS of RPL 0, DPL 3", .user_ss_rpl_0
        ret
.mov_ss_flat:
        define  S1, 0, 0FFFh, 97h, 0Ch
        mov     dword [attempt_start], .there
.there: mov     ss, eax
        ret
.pop_bad:
        push    0FFF8h
        mov     [saved_esp], esp
        mov     dword [attempt_start], .pop
.pop:   pop     es
.user_dpl_0:
        mov     eax, KERNEL_DATA
        mov     es, eax
        int     RETURN_VECTOR
.user_conforming:
        mov     eax, S2
        mov     es, eax
        int     RETURN_VECTOR
.user_ss:
        mov     eax, KERNEL_DATA + 3
        mov     ss, eax
        int     RETURN_VECTOR
.user_ss_rpl_0:
        mov     eax, USER_DATA & ~3
        mov     ss, eax
        int     RETURN_VECTOR
saved_esp:
        dd 0

accessed_flags:
        heading "accessed flags"
        define  S1, TARGETS, 0FFFh, 92h, 4
        mov     eax, S1
        mov     es, eax
        call    .show
        define  S1, TARGETS, 0FFFh, 91h & ~1, 4
        mov     es, eax
        call    .show
        define  S1, TARGETS, 0FFFh, 12h, 4
        try     "not present", mov es, eax
        call    .show
        define  S1, TARGETS, 0FFFh, 90h, 4
        try     "SS, read-only", mov ss, eax
        call    .show
        define  S1, 0, 0FFFFFh, 9Ah, 0Ch
        mov     dword [TARGETS], .returned
        mov     word [TARGETS + 4], S1
        call    far [TARGETS]
        call    .show
        define  S1, TARGETS, 0FFFh, 92h, 4
        verw    ax
        lar     ecx, eax
        call    .show
        ret
.returned:
        retf
.show:  say     "  access byte "
        show    2, [descriptor_of(S1) + 5]
        say     10
        ret

; LAR, LSL, VERR and VERW for all types; DPL 0 and 3, RPL 0 and 3. "-" is ZF = 0.
inspection:
        heading "LAR, LSL, VERR, VERW"
        xor     esi, esi                        ; S and type
.next:  xor     edi, edi                        ; 1 DPL 3, 2 RPL 3
        show    2, esi
        say     ":"
.next_level:
        define  S1, 123456h, 0ABCDEh, 80h, 0Dh
        mov     eax, esi
        test    edi, 1
        jz      .dpl_0
        or      al, 60h
.dpl_0: or      [descriptor_of(S1) + 5], al
        mov     ebx, S1
        test    edi, 2
        jz      .rpl_0
        or      ebx, 3
.rpl_0: say     " "
        mov     ecx, 0AAAAAAAAh
        lar     ecx, ebx
        call    .result_ecx
        mov     ecx, 0AAAAAAAAh
        lsl     ecx, ebx
        call    .result_ecx
        verr    bx
        call    .result
        verw    bx
        call    .result
        inc     edi
        cmp     edi, 4
        jb      .next_level
        say     10
        inc     esi
        cmp     esi, 32
        jb      .next
        mov     ecx, 0AAAAAAAAh
        xor     eax, eax
        lar     ecx, eax
        say     "null selector: "
        call    .result_ecx
        mov     eax, 0FFF8h
        lar     ecx, eax
        say     " beyond the GDT: "
        call    .result_ecx
        define  S1, 0, 0FFFFFh, 0F3h, 0Ch
        mov     eax, S1
        mov     ecx, 0AAAAAAAAh
        lsl     cx, ax
        say     " 16-bit LSL: "
        show    8, ecx
        mov     ecx, 0AAAAAAAAh
        lar     cx, ax
        say     " 16-bit LAR: "
        show    8, ecx
        define  S1, 0, 0FFFFFh, 73h, 0Ch
        mov     ecx, 0AAAAAAAAh
        lar     ecx, eax
        say     " not present: "
        call    .result_ecx
        verr    ax
        call    .result
        say     10
        ret
.result_ecx:
        jnz     .no
        show    8, ecx
        say     ","
        ret
.result:
        jnz     .no
        say     "+"
        ret
.no:    say     "-"
        ret

adjust_rpl:
        heading "ARPL"
        mov     eax, 8
        mov     ecx, 3
        arpl    ax, cx
        call    .show
        mov     eax, 0Bh
        mov     ecx, 2
        arpl    ax, cx
        call    .show
        mov     eax, 0FFFF0009h
        mov     ecx, 2
        arpl    ax, cx
        call    .show
        ret
.show:  setz    cl
        show    8, eax
        say     " ZF="
        movzx   eax, cl
        call    print_hex_1
        say     10
        ret

local_table:
        heading "LDT"
        define  LDT_SELECTOR, LDT, 17h, 82h, 0
        mov     dword [LDT + 8], 0FFFh
        mov     dword [LDT + 12], 40F300h | (TARGETS >> 16)
        mov     eax, LDT_SELECTOR
        try     "LLDT", lldt ax
        mov     eax, 0Fh
        try     "segment of the LDT", mov es, eax
        mov     eax, 17h
        try     "null descriptor of the LDT", mov es, eax
        mov     eax, 1Fh
        try     "beyond the LDT", mov es, eax
        mov     eax, 4
        try     "first entry of the LDT", mov es, eax
        sldt    eax
        say     "SLDT "
        call    print_hex_8
        say     10
        xor     eax, eax
        try     "LLDT of a null selector", lldt ax
        mov     eax, 0Fh
        try     "segment of no LDT", mov es, eax
        mov     eax, KERNEL_DATA
        try     "LLDT of a data segment", lldt ax
        mov     eax, 0Ch
        try     "LLDT of an LDT selector", lldt ax
        define  LDT_SELECTOR, LDT, 17h, 2, 0
        mov     eax, LDT_SELECTOR
        try     "LLDT, not present", lldt ax
        mov     eax, TSS_SELECTOR
        try     "LTR of a busy TSS", ltr ax
        xor     eax, eax
        try     "LTR of a null selector", ltr ax
        mov     eax, 0FFF8h
        try     "LTR beyond the GDT", ltr ax
        define  S1, TARGETS, 67h, 9, 0
        mov     eax, S1
        try     "LTR, not present", ltr ax
        str     eax
        say     "STR "
        call    print_hex_8
        say     10
        ret

; ------------------------------------------------------------------------------------------------- far transfers

; jump_case "title", selector, offset: JMP and CALL through memory
%macro far_case 3-4 landed
        mov     dword [far_pointer], %3
        mov     word [far_pointer + 4], %2
        try     %1, {call attempt_far_jump}
%endmacro
far_pointer:
        dd 0, 0
attempt_far_jump:
        mov     dword [attempt_start], .there
.there: jmp     far [far_pointer]
; A target: the attempt was a success. Tells CS.
landed: mov     eax, cs
        mov     [landed_cs], eax
        jmp     KERNEL_CODE:resume_attempt
landed_cs:
        dd 0
%macro show_landing 0
        say     "  cs="
        show    4, [landed_cs]
        say     10
%endmacro

far_jumps:
        heading "far JMP"
        far_case "code of CPL", KERNEL_CODE, landed
        far_case "RPL 3", KERNEL_CODE + 3, landed
        far_case "null", 0, landed
        far_case "data", KERNEL_DATA, landed
        far_case "beyond the GDT", 0FFF8h, landed
        define  S1, 0, 0FFFFFh, 0FBh, 0Ch
        far_case "code of DPL 3", S1, landed
        define  S1, 0, 0FFFFFh, 9Fh, 0Ch
        far_case "conforming code", S1 + 3, landed
        show_landing
        define  S1, 0, 0FFFFFh, 0FFh, 0Ch
        far_case "conforming code of DPL 3", S1, landed
        define  S1, 0, 0FFFFFh, 1Bh, 0Ch
        far_case "code, not present", S1, landed
        define  S1, 0, 0FFh, 9Bh, 4
        far_case "beyond the limit", S1, 100h
        define  S1, 0, 0FFFFFh, 9Bh, 0Ch
        gate    S2, S1, landed, 8Ch, 0
        far_case "call gate", S2, 0
        show_landing
        gate    S2, S1, landed, 0Ch, 0
        far_case "call gate, not present", S2, 0
        gate    S2, 0, landed, 8Ch, 0
        far_case "call gate to a null selector", S2, 0
        gate    S2, KERNEL_DATA, landed, 8Ch, 0
        far_case "call gate to data", S2, 0
        gate    S2, USER_CODE, landed, 8Ch, 0
        far_case "call gate to code of DPL 3", S2, 0
        gate    S2, S1, landed, 8Ch, 0
        far_case "call gate, RPL 3, DPL 0", S2 + 3, 0
        gate    S2, S1, landed, 8Eh, 0
        far_case "interrupt gate", S2, 0
        define  S2, LDT, 17h, 82h, 0
        far_case "LDT", S2, 0
        try_user "CPL 3: code of DPL 0", .user_to_kernel
        gate    S2, KERNEL_CODE, landed, 0ECh, 0
        try_user "CPL 3: JMP through a gate to DPL 0", .user_to_gate
        define  S1, 0, 0FFFFFh, 9Fh, 0Ch
        gate    S2, S1, .user_landed, 0ECh, 0
        try_user "CPL 3: JMP through a gate to conforming code", .user_to_gate
        gate    S2, S1, .user_landed, 8Ch, 0
        try_user "CPL 3: gate of DPL 0", .user_to_gate
        ret
.user_to_kernel:
        jmp     KERNEL_CODE:landed
.user_to_gate:
        jmp     S2:0
.user_landed:
        int     RETURN_VECTOR

; CALL far: what is pushed.
%macro call_case 3
        mov     dword [far_pointer], %3
        mov     word [far_pointer + 4], %2
        try     %1, {call attempt_far_call}
        call    show_frame
%endmacro
attempt_far_call:
        mov     dword [attempt_start], .there
        mov     dword [frame_pointer], 0
        mov     [own_esp], esp
.there: call    far [far_pointer]
.back:  ret
; A target of calls: keeps the account of its stack.
called: mov     [frame_pointer], esp
        mov     eax, cs
        mov     [landed_cs], eax
        mov     eax, ss
        mov     [landed_ss], eax
        jmp     KERNEL_CODE:resume_attempt
landed_ss:
        dd 0
frame_pointer:
        dd 0
own_esp:
        dd 0
frame_words:
        dd 2
first_word_mask:
        dd 0FFFFFFFFh

show_frame:
        cmp     dword [frame_pointer], 0
        je      .end
        say     "  cs="
        show    4, [landed_cs]
        say     " ss="
        show    4, [landed_ss]
        say     " frame:"
        mov     esi, [frame_pointer]
        mov     ecx, [frame_words]
        mov     eax, [first_word_mask]
        and     [esi], eax
.next:  say     " "
        mov     eax, [esi]
        cmp     eax, 100000h                    ; addresses in the image depend on its layout
        jb      .number
        cmp     eax, 120000h
        jae     .number
        say     "address"
        jmp     .skip
.number:
        call    print_hex_8
.skip:  add     esi, 4
        loop    .next
        say     10
        mov     dword [frame_pointer], 0
.end:   ret

far_calls:
        heading "far CALL, same level"
        call_case "code of CPL", KERNEL_CODE, called
        define  S1, 0, 0FFFFFh, 9Fh, 0Ch
        call_case "conforming code", S1, called
        call_case "data", KERNEL_DATA, called
        gate    S2, KERNEL_CODE, called, 8Ch, 5
        call_case "call gate, same level: parameters stay", S2, 0
        define  S1, 0, 0FFh, 9Bh, 0
        gate    S2, S1, 100h, 84h, 0
        call_case "16-bit gate, beyond the limit", S2, 0
        gate    S2, KERNEL_CODE + 3, called, 8Ch, 0
        call_case "RPL in the gate's selector", S2, 0
        ret

%macro inner_case 1
        mov     dword [frame_pointer], 0
        try_user %1, user_call
        call    show_frame
%endmacro
user_call:
        push    11111111h
        push    22222222h
        push    33333333h
        call    S2:0
        int     RETURN_VECTOR

inner_calls:
        heading "CALL to an inner level"
        define  S1, 0, 0FFFFFh, 9Bh, 0Ch
        mov     dword [TSS + TSS_ESP0], INNER_STACK_TOP
        mov     dword [frame_words], 4
        gate    S2, S1, called, 0ECh, 0
        inner_case "no parameters"
        mov     dword [frame_words], 6
        gate    S2, S1, called, 0ECh, 2
        inner_case "2 parameters"
        mov     dword [frame_words], 4
        mov     dword [frame_words], 4
        define  S3, IMAGE_BASE, 0FFFFh, 9Bh, 4
        gate    S2, S3, called - IMAGE_BASE, 0E4h, 3
        mov     dword [first_word_mask], 0FFFF0000h
        inner_case "16-bit gate, 3 words"
        mov     dword [first_word_mask], 0FFFFFFFFh
        mov     dword [frame_words], 4
        gate    S2, S1, called, 0ECh, 0
        mov     byte [descriptor_of(S2) + 5], 6Ch
        inner_case "gate not present"
        gate    S2, S1, called, 0CCh, 0
        inner_case "gate of DPL 2"
        gate    S2, S1, called, 0ECh, 0
        ; To level 1, so that the exception itself finds a good stack at level 0.
        define  S1, 0, 0FFFFFh, 0BBh, 0Ch
        define  S3, 0, 0FFFFFh, 0B2h, 0Ch
        mov     dword [TSS + TSS_ESP1], INNER_STACK_TOP - 2000h
        mov     dword [TSS + TSS_SS1], S3 + 1
        gate    S2, S1, called_at_1, 0ECh, 0
        inner_case "to level 1"
        say     "  access byte of the stack segment "
        show    2, [descriptor_of(S3) + 5]
        say     10
        mov     dword [TSS + TSS_SS1], 0
        inner_case "SS1 null"
        mov     dword [TSS + TSS_SS1], S3
        inner_case "SS1 with RPL 0"
        mov     dword [TSS + TSS_SS1], KERNEL_DATA + 1
        inner_case "SS1 of DPL 0"
        mov     dword [TSS + TSS_SS1], S1 + 1
        inner_case "SS1 a code segment"
        mov     dword [TSS + TSS_SS1], 0FFF8h + 1
        inner_case "SS1 beyond the GDT"
        define  S3, 0, 0FFFFFh, 0B1h, 0Ch
        mov     dword [TSS + TSS_SS1], S3 + 1
        inner_case "SS1 read-only"
        define  S3, 0, 0FFFFFh, 033h, 0Ch
        inner_case "SS1 not present"
        define  S3, 0, (INNER_STACK_TOP >> 12) - 4, 0B3h, 0Ch
        inner_case "SS1 too small"
        define  S3, 0, 0FFFFFh, 0B3h, 0Ch
        mov     word [descriptor_of(TSS_SELECTOR)], 16
        mov     byte [descriptor_of(TSS_SELECTOR) + 5], 89h
        mov     eax, TSS_SELECTOR
        ltr     ax
        inner_case "TSS ends in SS1"
        mov     word [descriptor_of(TSS_SELECTOR)], 0FFFh
        mov     byte [descriptor_of(TSS_SELECTOR) + 5], 89h
        mov     eax, TSS_SELECTOR
        ltr     ax
        mov     dword [TSS + TSS_SS1], 0
        mov     dword [TSS + TSS_SS0], 0
        inner_case "SS0 null as well: double fault"
        mov     dword [TSS + TSS_SS0], KERNEL_DATA
        mov     dword [TSS + TSS_ESP0], ESP0_STACK_TOP
        ret
; At CPL 1 only; from there to level 0 by an interrupt.
called_at_1:
        mov     [frame_pointer], esp
        mov     eax, cs
        mov     [landed_cs], eax
        mov     eax, ss
        mov     [landed_ss], eax
        int     RETURN_VECTOR

; ------------------------------------------------------------------------------------------------- returns

; return_case "title", CS, EIP, then SS and ESP: RETF and its frame.
%macro return_case 5
        say     %1, ": "
        call    begin_attempt
        mov     dword [attempt_resume], %%end
        mov     dword [attempt_start], %%start
        mov     [attempt_stack], esp
        push    %4
        push    %5
        push    %2
        push    %3
%%start:
        retf
%%end:  mov     esp, [attempt_stack]
        mov     eax, KERNEL_DATA
        mov     ds, eax
        mov     es, eax
        call    end_attempt
%endmacro

far_returns:
        heading "far RET"
        return_case "same level", KERNEL_CODE, landed, 0, 0
        return_case "null CS", 0, landed, 0, 0
        return_case "data", KERNEL_DATA, landed, 0, 0
        return_case "beyond the GDT", 0FFF8h, landed, 0, 0
        return_case "code of DPL 3, RPL 0", USER_CODE & ~3, landed, 0, 0
        return_case "code of DPL 0, RPL 3", KERNEL_CODE + 3, landed, USER_DATA, USER_STACK_TOP
        define  S1, 0, 0FFFFFh, 1Bh, 0Ch
        return_case "not present", S1, landed, 0, 0
        define  S1, 0, 0FFh, 9Bh, 4
        return_case "beyond the limit", S1, 100h, 0, 0
        return_case "to CPL 3", USER_CODE, user_back, USER_DATA, USER_STACK_TOP
        return_case "to CPL 3, null SS", USER_CODE, user_back, 3, USER_STACK_TOP
        return_case "to CPL 3, SS of RPL 0", USER_CODE, user_back, USER_DATA & ~3, USER_STACK_TOP
        return_case "to CPL 3, SS of DPL 0", USER_CODE, user_back, KERNEL_DATA + 3, USER_STACK_TOP
        define  S2, 0, 0FFFFFh, 0F1h, 0Ch
        return_case "to CPL 3, SS read-only", USER_CODE, user_back, S2 + 3, USER_STACK_TOP
        define  S2, 0, 0FFFFFh, 73h, 0Ch
        return_case "to CPL 3, SS not present", USER_CODE, user_back, S2 + 3, USER_STACK_TOP
        define  S1, 0, 0FFFFFh, 9Fh, 0Ch
        return_case "to CPL 3, conforming code of DPL 0", S1 + 3, user_back, USER_DATA, USER_STACK_TOP
        define  S1, 0, 0FFFFFh, 0FFh, 0Ch
        return_case "conforming code of DPL 3, RPL 0", S1, landed, 0, 0
        ; What becomes of the data segments, and of ESP with an immediate.
        define  S2, 0, 0FFFFFh, 0F3h, 0Ch
        define  S3, 0, 0FFFFFh, 9Fh, 0Ch
        mov     eax, S2
        mov     es, eax
        mov     eax, S3
        mov     fs, eax
        mov     eax, KERNEL_DATA
        mov     gs, eax
        try     "RETF 8 to CPL 3", {call .retf_8}
        say     "  ds="
        show    4, [user_registers]
        say     " es="
        show    4, [user_registers + 4]
        say     " fs="
        show    4, [user_registers + 8]
        say     " gs="
        show    4, [user_registers + 12]
        say     " esp="
        show    8, [user_registers + 16]
        say     10
        try_user "CPL 3 to an inner level", .user_inner
        ret
.retf_8:
        push    USER_DATA
        push    USER_STACK_TOP - 100h
        push    77777777h
        push    77777777h
        push    USER_CODE
        push    user_registers_out
        retf    8
.user_inner:
        push    KERNEL_CODE
        push    landed
        retf

user_back:
        int     RETURN_VECTOR
user_registers_out:
        mov     eax, ds
        mov     ecx, USER_DATA
        mov     ds, ecx
        mov     [user_registers], eax
        mov     [user_registers + 4], es
        mov     [user_registers + 8], fs
        mov     [user_registers + 12], gs
        mov     [user_registers + 16], esp
        int     RETURN_VECTOR
user_registers:
        dd 0, 0, 0, 0, 0

; iret_case "title", EFLAGS, CS, EIP, SS, ESP
%macro iret_case 6
        say     %1, ": "
        call    begin_attempt
        mov     dword [attempt_resume], %%end
        mov     dword [attempt_start], %%start
        mov     [attempt_stack], esp
        push    %5
        push    %6
        push    %2
        push    %3
        push    %4
%%start:
        iretd
%%end:  mov     esp, [attempt_stack]
        push    2
        popfd
        call    end_attempt
%endmacro

interrupt_returns:
        heading "IRET"
        iret_case "same level", 2, KERNEL_CODE, landed, 0, 0
        iret_case "null CS", 2, 0, landed, 0, 0
        iret_case "data", 2, KERNEL_DATA, landed, 0, 0
        iret_case "code of DPL 3, RPL 0", 2, USER_CODE & ~3, landed, 0, 0
        define  S1, 0, 0FFFFFh, 1Bh, 0Ch
        iret_case "not present", 2, S1, landed, 0, 0
        define  S1, 0, 0FFh, 9Bh, 4
        iret_case "beyond the limit", 2, S1, 100h, 0, 0
        iret_case "to CPL 3", 2, USER_CODE, user_back, USER_DATA, USER_STACK_TOP
        iret_case "to CPL 3, null SS", 2, USER_CODE, user_back, 3, USER_STACK_TOP
        iret_case "to CPL 3, SS of DPL 0", 2, USER_CODE, user_back, KERNEL_DATA + 3, USER_STACK_TOP
        define  S2, 0, 0FFFFFh, 73h, 0Ch
        iret_case "to CPL 3, SS not present", 2, USER_CODE, user_back, S2 + 3, USER_STACK_TOP
        mov     word [6000h], 80CDh             ; INT 80H
        iret_case "to virtual-8086 mode", FLAG_VM | FLAG_IOPL | 2, 600h, 0, 0, 0FFFEh
        ret

; ------------------------------------------------------------------------------------------------- 16-bit stacks

; The stack segment's B flag gives the width of the stack pointer.
small_stacks:
        heading "16-bit stacks"
        define  S1, TARGETS, 0FFFFh, 93h, 0
        mov     [saved_esp], esp
        mov     ecx, S1
        mov     eax, 0ABCD1000h
        mov     ss, ecx
        mov     esp, eax
        push    eax
        mov     ebx, esp
        pop     edx
        mov     esi, esp
        xor     ax, ax
        mov     esp, eax
        push    eax
        mov     ebp, esp
        mov     ecx, KERNEL_DATA
        mov     ss, ecx
        mov     esp, [saved_esp]
        say     "PUSH: esp="
        show    8, ebx
        say     " POP: "
        show    8, edx
        say     " esp="
        show    8, esi
        say     " PUSH over 0: esp="
        show    8, ebp
        say     " memory "
        show    8, [TARGETS + 0FFFCh]
        say     10
        ret
