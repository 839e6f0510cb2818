# A guest whose screen never rests: a boot sector that writes over the first rows of the screen for ever.
#
# Assemble (only after a change; the bytes are committed in ../boot-sector.ts):
#   as --32 -o busy.o busy.asm && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o busy.bin busy.o

        .intel_syntax noprefix
        .code16
        .globl _start

        .set CELLS, 3 * 80

_start: mov     ax, 0x0003              # 80x25 text
        int     0x10
        mov     ax, 0xb800
        mov     es, ax
        cld
        xor     bl, bl
again:  xor     di, di
        mov     cx, CELLS
        mov     al, bl
        mov     ah, 0x0f
cell:   stosw
        inc     al
        loop    cell
        inc     bl
        jmp     again
