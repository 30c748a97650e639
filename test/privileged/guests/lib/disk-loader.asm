; The boot sector of a disk that holds a guest's image from sector 1 on: loads it at 1 MiB and enters it in 32-bit
; protected mode, as a multiboot loader would. Two words are filled in when the disk is written (engines/bochs.ts).

        bits 16
        org 7C00h

BUFFER          equ 10000h
TARGET          equ 100000h
SECTORS_PER_READ equ 64

        jmp     short start
        times 4 - ($ - $$) db 90h
sectors:
        dd 0
entry_point:
        dd 0

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
        mov     ax, 2401h                       ; enable the A20 line
        int     15h
.next:  mov     ecx, [sectors]
        jecxz   enter_guest
        cmp     ecx, SECTORS_PER_READ
        jbe     .read
        mov     ecx, SECTORS_PER_READ
.read:  mov     [packet.count], cx
        sub     [sectors], ecx
        mov     si, packet
        mov     dl, [drive]
        mov     ah, 42h
        int     13h
        jc      $
        movzx   ecx, word [packet.count]
        add     [packet.sector], ecx
        call    move_up
        jmp     .next

; Moves packet.count sectors from the buffer to `target` and increases that ("unreal mode").
move_up:
        cli
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 16
        mov     ds, bx
        mov     es, bx
        and     al, 0FEh
        mov     cr0, eax
        xor     bx, bx
        mov     ds, bx
        mov     es, bx
        movzx   ecx, word [packet.count]
        shl     ecx, 7                          ; doublewords
        mov     esi, BUFFER
        mov     edi, [target]
        a32 rep movsd
        mov     [target], edi
        ret

enter_guest:
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     8:.protected
        bits 32
.protected:
        mov     eax, 16
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     eax, 2BADB002h
        xor     ebx, ebx
        jmp     [entry_point]

drive:  db 0
        align 4
packet: db 16, 0
.count: dw 0
        dw 0, BUFFER >> 4
.sector:
        dq 1
target: dd TARGET

gdt:    dq 0
        dq 00CF9B000000FFFFh                    ; 32-bit code, base 0, limit 4 GiB
        dq 00CF93000000FFFFh                    ; data
gdt_pointer:
        dw $ - gdt - 1
        dd gdt

        times 510 - ($ - $$) db 0
        dw 0AA55h
