; The boot sector of a disk that starts a Linux kernel on a PC whose emulator cannot load one itself (Bochs).
;
; All decisions were made when the disk was written (boot-disk.ts); sector 1 has what to load, as a table of
;
;     dd first sector, number of sectors, guest-physical address, 0
;
; which ends with 0 sectors. The kernel's real-mode setup is at 90000H when all is loaded; its boot protocol
; (Linux, Documentation/arch/x86/boot.rst, "Loading The Rest of The Kernel") wants it entered with all data
; segments at 9000H and the code segment 20H higher.

        bits 16
        org 7C00h

TABLE           equ 7E00h
BUFFER_SEGMENT  equ 1000h
SECTORS_PER_READ equ 127        ; a segment holds that many whole sectors
SETUP_SEGMENT   equ 9000h
SETUP_STACK     equ 0E000h

start:  cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 7C00h
        jmp     0:.segments_set
.segments_set:
        cld
        mov     [drive], dl
        mov     ax, 2401h               ; enable the A20 line
        int     15h

        mov     dword [packet.buffer], TABLE
        mov     word [packet.count], 1
        mov     dword [packet.sector], 1
        call    read_sectors
        mov     dword [packet.buffer], BUFFER_SEGMENT << 16

        mov     bp, TABLE
.next_part:
        mov     eax, [bp]
        mov     [packet.sector], eax
.next_read:
        mov     ecx, [bp + 4]           ; sectors that remain
        jecxz   .part_done
        cmp     ecx, SECTORS_PER_READ
        jbe     .read
        mov     ecx, SECTORS_PER_READ
.read:  mov     [packet.count], cx
        sub     [bp + 4], ecx
        call    read_sectors
        call    move_to_high_memory
        movzx   ecx, word [packet.count]
        add     [packet.sector], ecx
        jmp     .next_read
.part_done:
        add     bp, 16
        cmp     dword [bp + 4], 0
        jne     .next_part

        mov     si, message
        call    print
        mov     ax, SETUP_SEGMENT
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     sp, SETUP_STACK
        jmp     SETUP_SEGMENT + 20h:0

; Reads what the packet says (BIOS enhanced disk drive specification, function 42H).
read_sectors:
        mov     si, packet
        mov     dl, [drive]
        mov     ah, 42h
        int     13h
        jnc     return
        mov     si, error
        call    print
        hlt

; Moves packet.count sectors from the buffer to [bp + 8] and increases that. A data segment keeps the limit
; of 4 GiB that it was given in protected mode ("unreal mode"); the BIOS may have changed it since last time.
move_to_high_memory:
        cli
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 8
        mov     ds, bx
        mov     es, bx
        and     al, 0FEh
        mov     cr0, eax
        xor     bx, bx
        mov     ds, bx
        mov     es, bx
        movzx   ecx, word [packet.count]
        shl     ecx, 7                  ; doublewords
        mov     esi, BUFFER_SEGMENT << 4
        mov     edi, [bp + 8]
        a32 rep movsd
        mov     [bp + 8], edi
return: ret

; Sends the text at SI to the first serial line.
print:  mov     ax, 00E3h               ; 9600 8N1
        xor     dx, dx
        int     14h
.next:  lodsb
        test    al, al
        jz      return
        mov     ah, 1
        xor     dx, dx
        int     14h
        jmp     .next

message:        db "boot disk: kernel loaded", 13, 10, 0
error:          db "boot disk: read error", 13, 10, 0
drive:          db 0

        align 4
packet:         db 16, 0
.count:         dw 0
.buffer:        dd 0
.sector:        dq 0

gdt:            dq 0
                dq 00CF92000000FFFFh    ; data, base 0, limit 4 GiB
gdt_pointer:    dw $ - gdt - 1
                dd gdt

        times 510 - ($ - $$) db 0
        dw 0AA55h
