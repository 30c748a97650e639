; A bare image in real-address mode: prints the state it finds, then what is typed, as hexadecimal numbers, up to "q".
; Interrupts stay off: the UART is polled.
bits 16
org 0x7c00
COM1_DATA equ 0x3f8
COM1_LINE_STATUS equ 0x3fd
EXIT_PORT equ 0xf4

start:
        mov si, sp
        mov bp, cs
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 0x7000
        call behind
behind: pop di
        mov bx, names
        mov ax, bp
        call print_named
        lea ax, [di - (behind - start)]
        call print_named
        mov ax, si
        call print_named
        smsw ax
        call print_named
        mov al, 10
        call print_character
type:
        mov dx, COM1_LINE_STATUS
.wait:  in al, dx
        test al, 1
        jz .wait
        mov dx, COM1_DATA
        in al, dx
        movzx bp, al
        mov ax, bp
        call print_hex
        mov al, 10
        call print_character
        cmp bp, 'q'
        jne type
        mov al, 0x10
        out EXIT_PORT, al
        hlt

; Prints the name at BX, moves BX behind it, and prints AX.
print_named:
        push ax
.next:  mov al, [bx]
        inc bx
        test al, al
        jz .end
        call print_character
        jmp .next
.end:   pop ax

; Prints AX as four hexadecimal digits. Changes CX.
print_hex:
        mov cx, 4
.next:  rol ax, 4
        push ax
        and al, 0x0f
        cmp al, 10
        sbb al, 0x69
        das
        call print_character
        pop ax
        loop .next
        ret

; Changes DX.
print_character:
        push ax
        mov dx, COM1_LINE_STATUS
.wait:  in al, dx
        test al, 0x20
        jz .wait
        pop ax
        mov dx, COM1_DATA
        out dx, al
        ret

names:  db "CS: ", 0, 10, "IP: ", 0, 10, "SP: ", 0, 10, "MSW: ", 0
