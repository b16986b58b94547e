/* The words that Blowfish begins with, as the derived source computes them (tests/interop/compact.bats):
 *
 *   gcc -DSOURCE='"crypt_blowfish.c"' … tests/compact/pi.c */
#include SOURCE

#include <stdio.h>

int main(void)
{
    BF_init();
    for (int i = 0; i < BF_N + 2 + 4 * 256; i++)
        printf("0x%08x\n", BF_init_state.PS[i]);
}
