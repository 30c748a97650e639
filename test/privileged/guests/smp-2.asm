; Start-up of the other processors by INIT and SIPI, and interrupts between processors. SDM 3A, "Multiple-Processor
; (MP) Initialization", "Issuing Interprocessor Interrupts". The same guest serves 2 and 4 processors: all that is told
; is told for each application processor that is there.

EXPECTED_CPUS   equ 2
        %include "lib/smp.inc"
