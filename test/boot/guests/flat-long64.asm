; A bare image in 64-bit mode, on the stack it is given: prints the state it finds.
bits 64
org 0x200000
COM1_DATA equ 0x3f8
COM1_LINE_STATUS equ 0x3fd
EXIT_PORT equ 0xf4
IA32_EFER equ 0xc0000080

; Prints a string literal. Changes RAX, RDX and RSI.
%macro say 1+
        lea rsi, [rel %%text]
        call print_string
        jmp %%behind
%%text: db %1, 0
%%behind:
%endmacro

        mov rbx, rsp
        pushfq
        pop rbp
        say "RSP: "
        mov rax, rbx
        call print_hex
        say "RFLAGS: "
        mov rax, rbp
        and eax, 0x603
        call print_hex
        say "CR0: "
        mov rax, cr0
        call print_hex
        say "CR4: "
        mov rax, cr4
        call print_hex
        say "EFER: "
        mov ecx, IA32_EFER
        rdmsr
        shl rdx, 32
        or rax, rdx
        call print_hex
        ; The last page below 4 GiB is mapped; nothing answers there.
        say "below 4 GiB: "
        mov eax, 0xfffff000
        mov rax, [rax]
        call print_hex
        say "64 bits: "
        mov rax, 0xfedcba9876543210
        call print_hex
        mov al, 0x10
        out EXIT_PORT, al
        hlt

print_string:
        lodsb
        test al, al
        jz .end
        call print_character
        jmp print_string
.end:   ret

; Prints RAX as sixteen digits and ends the line. Changes RCX and RAX.
print_hex:
        mov ecx, 16
.next:  rol rax, 4
        push rax
        and al, 0x0f
        add al, '0'
        cmp al, '9'
        jbe .digit
        add al, 'A' - '9' - 1
.digit: call print_character
        pop rax
        loop .next
        mov al, 10

; Changes RDX.
print_character:
        push rax
        mov dx, COM1_LINE_STATUS
.wait:  in al, dx
        test al, 0x20
        jz .wait
        pop rax
        mov dx, COM1_DATA
        out dx, al
        ret
