; Shutdown: an exception that cannot be delivered, nor the double fault that follows. SDM 3A, "Interrupt 8 - Double Fault
; Exception".

        %include "lib/image.inc"
        %include "lib/long.inc"

main:   say     "shutting down", 10
        lidt    [.no_idt]
        ud2
        say     "still here", 10
        ret
.no_idt:
        dw      0
        dq      0
