; Hot loops whose speed the bench compares between emulators: a static Linux program without a library.
;
;     loops [SCALE]        SCALE multiplies each loop's work (1 when it is not given)
;
; For each loop it prints "loop NAME start", runs it, then prints "loop NAME end" and
; "loop NAME instructions=N ns=N check=HEX". The first two are for a host that trusts its own clock more than
; the guest's; `check` is the loop's result, which has to be the same on every processor.
;
; A loop's instruction count is a formula of its constants (so many once, so many per round); it counts all from
; the loop's first instruction to its RET.

        bits 64
        default abs
        org 400000h

; ---------------------------------------------------------------------------------------------- ELF headers
; System V ABI, "ELF Header" and "Program Header": one segment with all.

image:  db 7Fh, "ELF", 2, 1, 1, 0
        dq 0
        dw 2, 62                        ; ET_EXEC, EM_X86_64
        dd 1
        dq start, program_header - image, 0
        dd 0
        dw 64, 56, 1, 64, 0, 0
program_header:
        dd 1, 7                         ; PT_LOAD, readable, writable and executable
        dq 0, image, image, file_end - image, memory_end - image, 1000h

; ------------------------------------------------------------------------------------------------ the table

SYS_WRITE               equ 1
SYS_IOCTL               equ 16
SYS_EXIT                equ 60
SYS_CLOCK_GETTIME       equ 228
CLOCK_MONOTONIC         equ 1
TCSBRK                  equ 5409h       ; with argument 1: waits until all output has been transmitted

BYTES           equ 16384               ; of the source and the target
QUADS           equ BYTES / 8
TEXT_BYTES      equ 64
LETTERS         equ 45                  ; lower-case letters in `text`
NODES           equ 16384
NODE_BYTES      equ 64
CHASE_STEPS     equ 16384
FIB_N           equ 24
FIB_LEAVES      equ 75025               ; F(25): calls that return N; there is one inner call less
SHA_BLOCK       equ 1 + 16 * 6 + 48 * 23 + 9 + 8 * (8 * 31 + 3) + 8 + 3

; An entry: name, code, rounds at scale 1, instructions per round, instructions once.
ENTRY_NAME      equ 0
ENTRY_CODE      equ 8
ENTRY_ROUNDS    equ 16
ENTRY_ROUND     equ 24
ENTRY_LEAD      equ 32
ENTRY_BYTES     equ 40

entries:
        dq name_bcopy,  bcopy,  20,  5 + 6 * BYTES, 2
        dq name_qcopy,  qcopy,  160, 5 + 6 * QUADS, 2
        dq name_xxhash, xxhash, 170, 57 + 23 * (BYTES / 32), 6
        dq name_sha256, sha256, 2,   4 + BYTES / 64 * SHA_BLOCK, 10
        dq name_chase,  chase,  40,  3 + 3 * CHASE_STEPS, 2
        dq name_strlen, strlen, 40,  8 + 3 * BYTES, 3
        dq name_upper,  upper,  14,  5 + 9 * BYTES + BYTES / TEXT_BYTES * LETTERS, 2
        dq name_daxpy,  daxpy,  140, 3 + 7 * QUADS, 3
        dq name_daxpy2, daxpy2, 280, 3 + 7 * (QUADS / 2), 4
        dq name_fib,    fib,    2,   5 + 4 * FIB_LEAVES + 12 * (FIB_LEAVES - 1), 3
        dq 0

name_bcopy:     db "byte-copy", 0
name_qcopy:     db "quadword-copy", 0
name_xxhash:    db "xxhash64", 0
name_sha256:    db "sha256", 0
name_chase:     db "pointer-chase", 0
name_strlen:    db "strlen", 0
name_upper:     db "upper-case", 0
name_daxpy:     db "daxpy-scalar", 0
name_daxpy2:    db "daxpy-packed", 0
name_fib:       db "fib", 0

; ------------------------------------------------------------------------------------------------- the loops
; Each is entered with the number of rounds in R15 and returns its check in RAX; it may change all registers
; but RSP. Comments to the right name what a step computes.

; Copies bytes, one at a time.
bcopy:
.round: mov     esi, source
        mov     edi, target
        mov     ecx, BYTES
.byte:  mov     al, [rsi]
        mov     [rdi], al
        inc     rsi
        inc     rdi
        dec     ecx
        jnz     .byte
        dec     r15
        jnz     .round
        mov     rax, [target + BYTES - 8]
        ret

; Copies quadwords.
qcopy:
.round: mov     esi, source
        mov     edi, target
        mov     ecx, QUADS
.quad:  mov     rax, [rsi]
        mov     [rdi], rax
        add     rsi, 8
        add     rdi, 8
        dec     ecx
        jnz     .quad
        dec     r15
        jnz     .round
        mov     rax, [target]
        ret

; XXH64 of the source (Yann Collet, "xxHash fast digest algorithm"); each round's seed is the digest before.
PRIME1  equ 9E3779B185EBCA87h
PRIME2  equ 0C2B2AE3D27D4EB4Fh
PRIME3  equ 165667B19E3779F9h
PRIME4  equ 85EBCA77C2B2AE63h

%macro xxhash_lane 2    ; accumulator, offset
        mov     rax, [rsi + %2]
        imul    rax, rdi
        add     %1, rax
        rol     %1, 31
        imul    %1, rbx
%endmacro

%macro xxhash_merge 1   ; accumulator
        imul    %1, rdi
        rol     %1, 31
        imul    %1, rbx
        xor     rax, %1
        imul    rax, rbx
        add     rax, rbp
%endmacro

xxhash: mov     rbx, PRIME1
        mov     rdi, PRIME2
        mov     r12, PRIME3
        mov     rbp, PRIME4
        xor     eax, eax                ; the first seed
.round: lea     r8, [rax + rbx]
        add     r8, rdi
        lea     r9, [rax + rdi]
        mov     r10, rax
        mov     r11, rax
        sub     r11, rbx
        mov     esi, source
        mov     ecx, BYTES / 32
.stripe:
        xxhash_lane r8, 0
        xxhash_lane r9, 8
        xxhash_lane r10, 16
        xxhash_lane r11, 24
        add     rsi, 32
        dec     ecx
        jnz     .stripe
        mov     rax, r8
        rol     rax, 1
        mov     rdx, r9
        rol     rdx, 7
        add     rax, rdx
        mov     rdx, r10
        rol     rdx, 12
        add     rax, rdx
        mov     rdx, r11
        rol     rdx, 18
        add     rax, rdx
        xxhash_merge r8
        xxhash_merge r9
        xxhash_merge r10
        xxhash_merge r11
        add     rax, BYTES
        mov     rdx, rax
        shr     rdx, 33
        xor     rax, rdx
        imul    rax, rdi
        mov     rdx, rax
        shr     rdx, 29
        xor     rax, rdx
        imul    rax, r12
        mov     rdx, rax
        shr     rdx, 32
        xor     rax, rdx
        dec     r15
        jnz     .round
        ret

; SHA-256's block transformation (FIPS 180-4, section 6.2.2) of the source, over and over, without padding.
; a … h are EAX EBX ECX EDX R8D R9D R10D R11D; T1 and T2 are built in EBP, EDI and ESI.
%macro sha_round 9      ; a b c d e f g h, word of the group of 8
        mov     ebp, %5
        ror     ebp, 6
        mov     edi, %5
        ror     edi, 11
        xor     ebp, edi
        ror     edi, 14
        xor     ebp, edi                ; Sigma1(e)
        mov     edi, %6
        xor     edi, %7
        and     edi, %5
        xor     edi, %7                 ; Ch(e, f, g)
        add     %8, ebp
        add     %8, edi
        add     %8, [sha_k + r12 + 4 * %9]
        add     %8, [sha_w + r12 + 4 * %9]
        add     %4, %8
        mov     ebp, %1
        ror     ebp, 2
        mov     edi, %1
        ror     edi, 13
        xor     ebp, edi
        ror     edi, 9
        xor     ebp, edi                ; Sigma0(a)
        mov     edi, %1
        or      edi, %2
        and     edi, %3
        mov     esi, %1
        and     esi, %2
        or      edi, esi                ; Maj(a, b, c)
        add     %8, ebp
        add     %8, edi
%endmacro

sha256:
        mov     rax, [sha_initial]      ; start from the same state whatever ran before
        mov     [sha_h], rax
        mov     rax, [sha_initial + 8]
        mov     [sha_h + 8], rax
        mov     rax, [sha_initial + 16]
        mov     [sha_h + 16], rax
        mov     rax, [sha_initial + 24]
        mov     [sha_h + 24], rax
.pass:  mov     r13d, source
        mov     r14d, BYTES / 64
.block: xor     ecx, ecx
.load:  mov     eax, [r13 + rcx * 4]
        bswap   eax
        mov     [sha_w + rcx * 4], eax
        inc     ecx
        cmp     ecx, 16
        jne     .load
.schedule:
        mov     eax, [sha_w + rcx * 4 - 60]
        mov     ebx, eax
        ror     ebx, 7
        mov     edx, eax
        ror     edx, 18
        xor     ebx, edx
        shr     eax, 3
        xor     ebx, eax                ; sigma0
        mov     eax, [sha_w + rcx * 4 - 8]
        mov     edx, eax
        ror     edx, 17
        mov     esi, eax
        ror     esi, 19
        xor     edx, esi
        shr     eax, 10
        xor     edx, eax                ; sigma1
        add     ebx, edx
        add     ebx, [sha_w + rcx * 4 - 64]
        add     ebx, [sha_w + rcx * 4 - 28]
        mov     [sha_w + rcx * 4], ebx
        inc     ecx
        cmp     ecx, 64
        jne     .schedule
        mov     eax, [sha_h]
        mov     ebx, [sha_h + 4]
        mov     ecx, [sha_h + 8]
        mov     edx, [sha_h + 12]
        mov     r8d, [sha_h + 16]
        mov     r9d, [sha_h + 20]
        mov     r10d, [sha_h + 24]
        mov     r11d, [sha_h + 28]
        xor     r12d, r12d
.rounds:
        sha_round eax, ebx, ecx, edx, r8d, r9d, r10d, r11d, 0
        sha_round r11d, eax, ebx, ecx, edx, r8d, r9d, r10d, 1
        sha_round r10d, r11d, eax, ebx, ecx, edx, r8d, r9d, 2
        sha_round r9d, r10d, r11d, eax, ebx, ecx, edx, r8d, 3
        sha_round r8d, r9d, r10d, r11d, eax, ebx, ecx, edx, 4
        sha_round edx, r8d, r9d, r10d, r11d, eax, ebx, ecx, 5
        sha_round ecx, edx, r8d, r9d, r10d, r11d, eax, ebx, 6
        sha_round ebx, ecx, edx, r8d, r9d, r10d, r11d, eax, 7
        add     r12d, 32
        cmp     r12d, 256
        jne     .rounds
        add     [sha_h], eax
        add     [sha_h + 4], ebx
        add     [sha_h + 8], ecx
        add     [sha_h + 12], edx
        add     [sha_h + 16], r8d
        add     [sha_h + 20], r9d
        add     [sha_h + 24], r10d
        add     [sha_h + 28], r11d
        add     r13, 64
        dec     r14d
        jnz     .block
        dec     r15
        jnz     .pass
        mov     rax, [sha_h]
        ret

; Follows pointers through 1 MiB in an order that no prefetcher or translation cache likes.
chase:  mov     eax, nodes
.round: mov     ecx, CHASE_STEPS
.step:  mov     rax, [rax]
        dec     ecx
        jnz     .step
        dec     r15
        jnz     .round
        ret

; Looks for the zero byte behind the text.
strlen: xor     edx, edx
.round: mov     eax, source - 1
.byte:  inc     rax
        cmp     byte [rax], 0
        jne     .byte
        sub     rax, source
        add     rdx, rax
        dec     r15
        jnz     .round
        mov     rax, rdx
        ret

; Upper-cases the text into the target, with a branch as a compiler would write it.
upper:
.round: mov     esi, source
        mov     edi, target
        mov     ecx, BYTES
.byte:  mov     al, [rsi]
        lea     edx, [rax - 'a']
        cmp     dl, 26
        jae     .other
        sub     al, 'a' - 'A'
.other: mov     [rdi], al
        inc     rsi
        inc     rdi
        dec     ecx
        jnz     .byte
        dec     r15
        jnz     .round
        mov     rax, [target]
        ret

; y = a x + y with scalar doubles.
daxpy:  movsd   xmm0, [coefficient]
.round: xor     ecx, ecx
.next:  movsd   xmm1, [vector_x + rcx * 8]
        mulsd   xmm1, xmm0
        addsd   xmm1, [vector_y + rcx * 8]
        movsd   [vector_y + rcx * 8], xmm1
        inc     ecx
        cmp     ecx, QUADS
        jne     .next
        dec     r15
        jnz     .round
        mov     rax, [vector_y + 8]
        ret

; y = a x + y with pairs of doubles.
daxpy2: movsd   xmm0, [coefficient]
        unpcklpd xmm0, xmm0
.round: xor     ecx, ecx
.next:  movapd  xmm1, [vector_x + rcx * 8]
        mulpd   xmm1, xmm0
        addpd   xmm1, [vector_y + rcx * 8]
        movapd  [vector_y + rcx * 8], xmm1
        add     ecx, 2
        cmp     ecx, QUADS
        jne     .next
        dec     r15
        jnz     .round
        mov     rax, [vector_y + 8]
        ret

; Fibonacci numbers by double recursion: calls and returns.
fib:    xor     ebx, ebx
.round: mov     edi, FIB_N
        call    .recursive
        add     rbx, rax
        dec     r15
        jnz     .round
        mov     rax, rbx
        ret
.recursive:
        cmp     edi, 2
        jae     .inner
        mov     eax, edi
        ret
.inner: push    rdi
        dec     edi
        call    .recursive
        pop     rdi
        push    rax
        sub     edi, 2
        call    .recursive
        pop     rdx
        add     eax, edx
        ret

; --------------------------------------------------------------------------------------------- the program

start:  mov     ebp, 1                  ; the scale
        cmp     qword [rsp], 2          ; argc, then argv
        jb      .scaled
        mov     rsi, [rsp + 16]
        call    parse_decimal
        mov     rbp, rax
.scaled:
        mov     [scale], rbp
        call    fill_memory
        mov     ebx, entries
.next:  cmp     qword [rbx + ENTRY_NAME], 0
        je      .done
        call    run_entry
        add     rbx, ENTRY_BYTES
        jmp     .next
.done:  xor     edi, edi
        mov     eax, SYS_EXIT
        syscall

; Runs the entry at RBX and prints about it. Keeps RBX.
run_entry:
        push    rbx
        call    begin_line
        mov     esi, text_start
        call    append
        call    flush
        mov     edi, 1                  ; the line has left the serial port before the loop starts
        mov     esi, TCSBRK
        mov     edx, 1
        mov     eax, SYS_IOCTL
        syscall
        call    read_clock
        mov     [started], rax
        mov     r15, [rbx + ENTRY_ROUNDS]
        imul    r15, [scale]
        call    [rbx + ENTRY_CODE]
        mov     [check], rax
        mov     rbx, [rsp]
        call    read_clock
        sub     rax, [started]
        mov     [elapsed], rax
        call    begin_line
        mov     esi, text_end
        call    append
        call    flush
        call    print_result
        pop     rbx
        ret

print_result:
        call    begin_line
        mov     esi, text_instructions
        call    append
        mov     rax, [rbx + ENTRY_ROUNDS]
        imul    rax, [scale]
        imul    rax, [rbx + ENTRY_ROUND]
        add     rax, [rbx + ENTRY_LEAD]
        call    append_decimal
        mov     esi, text_ns
        call    append
        mov     rax, [elapsed]
        call    append_decimal
        mov     esi, text_check
        call    append
        mov     rax, [check]
        call    append_hexadecimal
        mov     byte [rdi], 10
        inc     rdi
        jmp     flush

; The line under construction ends at RDI. Starts one: "loop NAME".
begin_line:
        mov     edi, line
        mov     esi, text_loop
        call    append
        mov     rsi, [rbx + ENTRY_NAME]
        ; falls through

; Appends the zero-terminated text at RSI.
append: mov     al, [rsi]
        test    al, al
        jz      .done
        mov     [rdi], al
        inc     rsi
        inc     rdi
        jmp     append
.done:  ret

append_decimal:
        mov     ecx, 10
        mov     r8, rsp
        sub     rsp, 32
.digit: xor     edx, edx
        div     rcx
        add     dl, '0'
        dec     r8
        mov     [r8], dl
        test    rax, rax
        jnz     .digit
.copy:  mov     al, [r8]
        mov     [rdi], al
        inc     rdi
        inc     r8
        lea     rdx, [rsp + 32]
        cmp     r8, rdx
        jne     .copy
        add     rsp, 32
        ret

append_hexadecimal:
        mov     ecx, 16
.digit: rol     rax, 4
        mov     edx, eax
        and     edx, 15
        mov     dl, [digits + rdx]
        mov     [rdi], dl
        inc     rdi
        dec     ecx
        jnz     .digit
        ret

; Writes the line to standard output.
flush:  mov     rdx, rdi
        mov     esi, line
        sub     rdx, rsi
        mov     edi, 1
        mov     eax, SYS_WRITE
        syscall
        ret

; Nanoseconds of the monotonic clock, by the system call: the vDSO may be switched off in an emulator.
read_clock:
        mov     edi, CLOCK_MONOTONIC
        mov     esi, time
        mov     eax, SYS_CLOCK_GETTIME
        syscall
        imul    rax, [time], 1000000000
        add     rax, [time + 8]
        ret

; The number at RSI; at least 1.
parse_decimal:
        xor     eax, eax
.digit: movzx   edx, byte [rsi]
        sub     edx, '0'
        cmp     edx, 9
        ja      .done
        imul    rax, rax, 10
        add     rax, rdx
        inc     rsi
        jmp     .digit
.done:  cmp     rax, 1
        adc     rax, 0
        ret

; Fills the source with text, the vectors with numbers, and links the nodes to one cycle.
fill_memory:
        mov     edi, source
        mov     ecx, BYTES
.text:  mov     edx, ecx
        neg     edx
        and     edx, TEXT_BYTES - 1
        mov     al, [text + rdx]
        mov     [rdi], al
        inc     rdi
        dec     ecx
        jnz     .text
        xor     ecx, ecx
.number:
        lea     eax, [rcx + 1]
        cvtsi2sd xmm0, eax
        movsd   [vector_x + rcx * 8], xmm0
        inc     ecx
        cmp     ecx, QUADS
        jne     .number
        xor     ecx, ecx                ; i -> (20077 i + 12345) mod NODES has one cycle (Hull and Dobell)
.node:  imul    eax, ecx, 20077
        add     eax, 12345
        and     eax, NODES - 1
        imul    eax, eax, NODE_BYTES
        add     eax, nodes
        imul    edx, ecx, NODE_BYTES
        mov     [nodes + rdx], rax
        inc     ecx
        cmp     ecx, NODES
        jne     .node
        ret

; ------------------------------------------------------------------------------------------------- the data

text_loop:              db "loop ", 0
text_start:             db " start", 10, 0
text_end:               db " end", 10, 0
text_instructions:      db " instructions=", 0
text_ns:                db " ns=", 0
text_check:             db " check=", 0
digits:                 db "0123456789abcdef"

text:   db "The Quick Brown Fox jumps over 13 lazy dogs, and every one snore"

        align 16
coefficient:    dq 0.001

; FIPS 180-4, sections 4.2.2 and 5.3.3.
sha_initial:
        dd 06a09e667h, 0bb67ae85h, 03c6ef372h, 0a54ff53ah, 0510e527fh, 09b05688ch, 01f83d9abh, 05be0cd19h
sha_k:  dd 0428a2f98h, 071374491h, 0b5c0fbcfh, 0e9b5dba5h, 03956c25bh, 059f111f1h, 0923f82a4h, 0ab1c5ed5h
        dd 0d807aa98h, 012835b01h, 0243185beh, 0550c7dc3h, 072be5d74h, 080deb1feh, 09bdc06a7h, 0c19bf174h
        dd 0e49b69c1h, 0efbe4786h, 00fc19dc6h, 0240ca1cch, 02de92c6fh, 04a7484aah, 05cb0a9dch, 076f988dah
        dd 0983e5152h, 0a831c66dh, 0b00327c8h, 0bf597fc7h, 0c6e00bf3h, 0d5a79147h, 006ca6351h, 014292967h
        dd 027b70a85h, 02e1b2138h, 04d2c6dfch, 053380d13h, 0650a7354h, 0766a0abbh, 081c2c92eh, 092722c85h
        dd 0a2bfe8a1h, 0a81a664bh, 0c24b8b70h, 0c76c51a3h, 0d192e819h, 0d6990624h, 0f40e3585h, 0106aa070h
        dd 019a4c116h, 01e376c08h, 02748774ch, 034b0bcb5h, 0391c0cb3h, 04ed8aa4ah, 05b9cca4fh, 0682e6ff3h
        dd 0748f82eeh, 078a5636fh, 084c87814h, 08cc70208h, 090befffah, 0a4506cebh, 0bef9a3f7h, 0c67178f2h

file_end:

; Memory that starts as zeros: behind the end of the file.
        absolute file_end
        alignb 4096
scale:          resq 1
started:        resq 1
elapsed:        resq 1
check:          resq 1
time:           resq 2
line:           resb 256
sha_h:          resd 8
sha_w:          resd 64
        alignb 4096
source:         resb BYTES
                resb 64                 ; the zero that ends the text
        alignb 4096
target:         resb BYTES
vector_x:       resq QUADS
vector_y:       resq QUADS
nodes:          resb NODES * NODE_BYTES
memory_end:
