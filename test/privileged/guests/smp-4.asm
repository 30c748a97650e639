; The guest of smp-2.asm on 4 processors.

EXPECTED_CPUS   equ 4
        %include "lib/smp.inc"
