/* The table of multiples of Ed25519's base point, as the derived source computes it, beside every fourth row of the library's own. In
 * one file with that source (tests/interop/compact.bats), since both tables are nobody else's; with limbs of 51 bits or of 25. */
#include <crypto_core/ed25519/ref10/ed25519_ref10.c>

#include <stdio.h>

static const ge25519_precomp wanted[32][8] = {
#ifdef HAVE_TI_MODE
#include <crypto_core/ed25519/ref10/fe_51/base.h>
#else
#include <crypto_core/ed25519/ref10/fe_25_5/base.h>
#endif
};

/* The library's is in another file. */
int sodium_is_zero(const unsigned char *p, const size_t n)
{
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++)
        all |= p[i];
    return all == 0;
}

/* Whether a write to it is refused: the kernel says so without a signal. */
static int is_writable(void *p)
{
    FILE *zeros = fopen("/dev/zero", "r");
    int yes;
    if (zeros == NULL)
        return 1;
    setvbuf(zeros, NULL, _IONBF, 0);
    yes = fread(p, 1, 1, zeros) == 1;
    fclose(zeros);
    return yes;
}

int main(void)
{
    int bad = 0;
    ge25519_base_make();
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 8; k++)
            bad += memcmp(&ge25519_base.at[i][k], &wanted[4 * i][k], sizeof wanted[0][0]) != 0;
    printf("%d of 64 differ\n", bad);
    if (getauxval(AT_PAGESZ) == 4096 && is_writable(&ge25519_base)) {
        printf("it is writable\n");
        return 1;
    }
    return bad != 0;
}
