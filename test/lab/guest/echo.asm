# The lab's guest: a boot sector that shows who it is, ticks, echoes keys and reports them; COM1 echoes too.
#
# Assemble (only after a change; the bytes are committed in ../boot-sector.ts):
#   as --32 -o echo.o echo.asm && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o echo.bin echo.o
#
# Screen: 80x25 text. Row 0: banner left, tick counter (four hex digits, 18.2 per second) in columns 75 to 78.
# Row 2 and below: a prompt and what is typed. Enter: new line, Backspace: rubs out, keys without a character: <scan code>.
# At the last row the typing area is cleared and starts again at row 2, so the banner never scrolls away.
# QEMU's debug console: one line per key, "SSAA\n": scan code and ASCII in hex.
# COM1: what comes in goes out again; after Enter the banner and a new line.
# An ACPI power button press powers off, as in a PC.

        .intel_syntax noprefix
        .code16
        .globl _start

        .set TICKS, 0x046c              # BIOS tick counter
        .set COM1, 0x3f8
        .set REPORT, 0xe9               # QEMU's debug console
        .set PM_STATUS, 0x600           # where SeaBIOS puts the PIIX4 power management block
        .set PM_ENABLE, 0x602
        .set PM_CONTROL, 0x604
        .set POWER_BUTTON, 0x0100       # bit 8 of status and enable
        .set SOFT_OFF, 0x2000           # SLP_EN with sleep type 0, which is S5 on PIIX4
        .set FIRST_ROW, 2
        .set LAST_ROW, 24

_start: xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7c00
        mov     ax, 0xb800              # text memory for the counter
        mov     es, ax
        cld
        sti
        mov     ax, 0x0003              # 80x25 colour text, cleared
        int     0x10
        mov     dx, PM_ENABLE
        mov     ax, POWER_BUTTON
        out     dx, ax
        mov     dx, COM1 + 2
        mov     al, 7                   # sixteen bytes of memory for each direction
        out     dx, al
        mov     bx, offset put
        call    say
        call    clear

loop:   hlt                             # the timer wakes us 18.2 times a second, a key at once
        mov     ax, [TICKS]
        mov     di, 75*2                # row 0, column 75
        mov     cx, 4
3:      rol     ax, 4                   # highest digit first
        push    ax
        call    digit
        mov     ah, 0x1f                # white on blue
        stosw
        pop     ax
        loop    3b
        mov     dx, PM_STATUS
        in      ax, dx
        test    ah, POWER_BUTTON >> 8
        jz      keys
        mov     dx, PM_CONTROL
        mov     ax, SOFT_OFF
        out     dx, ax

keys:   mov     ah, 0x11                # key waiting? (enhanced keyboard)
        int     0x16
        jz      serial
        mov     ah, 0x10
        int     0x16                    # ah scan code, al character
        mov     bp, ax
        mov     bx, offset send         # report SSAA
        mov     al, ah
        call    hex
        mov     ax, bp
        call    hex
        mov     al, 10
        call    send
        mov     ax, bp
        cmp     al, 0xe0                # grey keys
        je      named
        test    al, al
        jz      named
        cmp     al, 13
        je      enter
        cmp     al, 8
        je      rubout
        call    put
        jmp     room

named:  mov     al, '<'
        call    put
        mov     bx, offset put
        mov     ax, bp
        mov     al, ah
        call    hex
        mov     al, '>'
        call    put
        jmp     room

rubout: call    put
        mov     al, ' '
        call    put
        mov     al, 8
        call    put
        jmp     keys

enter:  call    put
        mov     al, 10
        call    put
        call    prompt
room:   mov     ah, 3                   # where is the cursor?
        mov     bh, 0
        int     0x10
        cmp     dh, LAST_ROW
        jb      keys
        call    clear
        jmp     keys

serial: mov     dx, COM1 + 5
        in      al, dx
        cmp     al, 0xff                # no port?
        je      loop
        test    al, 1                   # something there?
        jz      loop
        mov     dx, COM1
        in      al, dx
        call    line
        cmp     al, 13
        jne     serial
        mov     bx, offset line
        mov     al, 10
        call    line
        call    say
        mov     al, 13
        call    line
        mov     al, 10
        call    line
        jmp     serial

say:    mov     si, offset banner       # the banner to [bx]
1:      lodsb
        test    al, al
        jz      2f
        call    bx
        jmp     1b
2:      ret

clear:  mov     ax, 0x0600              # clear the typing area
        mov     bh, 0x07
        mov     cx, FIRST_ROW << 8
        mov     dx, (LAST_ROW << 8) | 79
        int     0x10
        mov     ah, 2
        mov     bh, 0
        mov     dx, FIRST_ROW << 8
        int     0x10
prompt: mov     al, '>'
        call    put
        mov     al, ' '

put:    pusha                           # al to the screen
        mov     ah, 0x0e
        mov     bx, 0x0007
        int     0x10
        popa
        ret

line:   push    dx                      # al to COM1
        push    ax
        mov     dx, COM1 + 5
4:      in      al, dx
        test    al, 0x20                # room in the transmitter?
        jz      4b
        pop     ax
        mov     dx, COM1
        out     dx, al
        pop     dx
        ret

send:   out     REPORT, al              # al to the debug console
        ret

hex:    push    ax                      # al as two digits to [bx]
        shr     al, 4
        call    digit
        call    bx
        pop     ax
        call    digit
        jmp     bx

digit:  and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     5f
        add     al, 7
5:      ret

        .org    0x180                   # the lab writes the guest's name here, up to 70 characters and a zero
banner: .asciz  "lab guest"
        .org    0x1fe
        .word   0xaa55
