/* How a program is packed, which is a matter of the CPU it is for: deps/pack.c does it, box/unpack.c undoes it, and
 * make says to both which row it is (PACKING_… in the Makefile). */
#ifndef BOX_PACKING_H
#define BOX_PACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "box/lzma.h"

/* Where an instruction has a distance in it, its place in the program, instead: what is about one function or variable then looks alike. back: the
 * distances again. It has no idea of what is code, so that it finds some in other bytes too; but it leaves alone what it knows them by, hence
 * finds the same ones on the way back. */
typedef void packing_places(uint8_t *program, uint32_t n, bool back);

packing_places places_none, places_x86_64, places_i386, places_arm, places_thumb, places_arm64,
    places_riscv, places_mips_big, places_mips_little, places_powerpc, places_s390x;

/* make says which one: PLACES, and KIND for LZMA. Where it does not, code is only looked at. Where instructions are of one width, what a byte
 * is depends on its place in them. */
#ifndef PLACES
#define PLACES places_none
#define KIND   3, 0, 0
#endif

#endif
