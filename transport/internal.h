/* Shared by transport/'s own files only. */
#ifndef TRANSPORT_INTERNAL_H
#define TRANSPORT_INTERNAL_H

#include "transport/transport.h"

/* ident.c: 1 done, 0 more bytes are needed, -1 failed */
int ident_receive(struct transport *t);

/* packet.c: 1 and the payload, 0, -1; and the packet that starts at p */
int packet_open(struct transport *t, struct span *payload);
void packet_seal(struct transport *t, uint8_t *p,
                 size_t payload);                              /* or the connection has failed */
struct block *out_with_room(struct transport *t, size_t room); /* NULL: not now */

/* transport.c */
void keep_peer_text(struct transport *t, struct span text);

/* negotiate.c */
size_t kexinit_write(struct transport *t, uint8_t *p,
                     size_t room); /* our payload, from the cookie */
enum reason negotiate(struct transport *t, struct span kexinit, bool *wrong_guess);

/* kex.c */
void kex_begin(struct transport *t);      /* send KEXINIT; kex becomes KEX_SENT */
void direction_stop(struct direction *d); /* wipes it, gives back what it owns */
void on_kexinit(struct transport *t, struct span payload);
void on_kex_ecdh_init(struct transport *t, struct span payload);
void on_newkeys(struct transport *t, struct span payload);

/* output.c: what was held leaves, as far as there is room */
void held_flush(struct transport *t);
bool transport_holding(const struct transport *t);

#endif
