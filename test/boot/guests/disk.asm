; A disk of 1 MiB for a BIOS: its boot sector prints on COM1, asks the BIOS for its memory map, reads sector 5 and
; prints it, writes sector 6, and ends the machine by the exit port.
bits 16
org 0x7c00
COM1_DATA equ 0x3f8
COM1_LINE_STATUS equ 0x3fd
EXIT_PORT equ 0xf4
SECTOR_BYTES equ 512
BUFFER equ 0x8000
SMAP equ 0x534d4150

start:
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov [drive], dl
        mov si, hello
        call print
        call sum_memory
        mov si, memory_text
        jc .failed
        call print
        mov ah, 0x42
        mov si, read_packet
        call disk
        mov si, read_failed
        jc .failed
        mov si, BUFFER
        call print
        mov ah, 0x43
        mov si, write_packet
        call disk
        mov si, write_failed
        jc .failed
        mov si, written
        call print
        mov al, 0x10
.exit:  out EXIT_PORT, al
        cli
        hlt
.failed:
        call print
        mov al, 1
        jmp .exit

; INT 13H, AH the function, SI its packet. CF: it failed.
disk:
        mov dl, [drive]
        xor al, al
        int 0x13
        ret

; INT 15H, E820H. CF unless there is usable memory at 0 and at 1 MiB.
sum_memory:
        xor ebx, ebx
        xor bp, bp
.next:  mov eax, 0xe820
        mov edx, SMAP
        mov ecx, 20
        mov di, BUFFER
        int 0x15
        jc .end
        cmp eax, SMAP
        jne .end
        cmp dword [BUFFER + 16], 1
        jne .other
        cmp dword [BUFFER], 0
        jne .high
        or bp, 1
.high:  cmp dword [BUFFER], 0x100000
        jne .other
        or bp, 2
.other: test ebx, ebx
        jnz .next
.end:   cmp bp, 3
        ret

print:
        lodsb
        test al, al
        jz .end
        mov bl, al
        mov dx, COM1_LINE_STATUS
.wait:  in al, dx
        test al, 0x20
        jz .wait
        mov dx, COM1_DATA
        mov al, bl
        out dx, al
        jmp print
.end:   ret

hello:  db 13, 10, "the boot sector runs", 13, 10, 0
memory_text: db "memory at 0 and at 1 MiB", 13, 10, 0
read_failed: db "sector 5 cannot be read", 13, 10, 0
write_failed: db "sector 6 cannot be written", 13, 10, 0
written: db "sector 6 is written", 13, 10, 0
drive:  db 0
align 4
; Disk address packets: size, sectors, buffer as offset and segment, first sector.
read_packet: dw 16, 1, BUFFER, 0
        dq 5
write_packet: dw 16, 1, BUFFER, 0
        dq 6

        times SECTOR_BYTES - 2 - ($ - $$) db 0
        dw 0xaa55
        times 5 * SECTOR_BYTES - ($ - $$) db 0
        db "sector 5 is read", 13, 10, 0
        times 2048 * SECTOR_BYTES - ($ - $$) db 0
