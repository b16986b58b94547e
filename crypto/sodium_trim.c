/*
 * What libsodium brings along that this server never calls, answered here so that the linker leaves
 * it out.
 *
 * sodium_init() chooses, for every primitive of the library, the implementation that suits the CPU.
 * By that it refers to all of them, and password hashing, BLAKE2b, Salsa20 and AEGIS would be part
 * of every build. Each of these hooks asks for one such choice. Defined in an object of ours, which
 * the linker sees before libsodium.a, they are never looked for in the library, and what they alone
 * would bring is not linked. sodium_init() itself and its choices for the primitives that are used
 * stay the library's own.
 *
 * This cannot go wrong unnoticed: as soon as one of these primitives is used, the linker takes its
 * object from the library too, finds the hook defined twice and stops ("multiple definition of").
 * Remove that hook here then. AES-GCM, ML-KEM and SHA-2 have no hook and need none.
 *
 * The declarations are libsodium's (private/implementations.h, which it does not install).
 */

int _crypto_pwhash_argon2_pick_best_implementation(void);
int _crypto_generichash_blake2b_pick_best_implementation(void);
int _crypto_stream_salsa20_pick_best_implementation(void);
int _crypto_aead_aegis128l_pick_best_implementation(void);
int _crypto_aead_aegis256_pick_best_implementation(void);

int _crypto_pwhash_argon2_pick_best_implementation(void)
{
    return 0;
}

int _crypto_generichash_blake2b_pick_best_implementation(void)
{
    return 0;
}

int _crypto_stream_salsa20_pick_best_implementation(void)
{
    return 0;
}

int _crypto_aead_aegis128l_pick_best_implementation(void)
{
    return 0;
}

int _crypto_aead_aegis256_pick_best_implementation(void)
{
    return 0;
}
