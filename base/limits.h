/* Every limit that a peer can press against. Deployment numbers (connections, timeouts) are in
 * server/config.h. Sizes are bytes. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* --- transport (RFC 4253) --- */
#define LIMIT_IDENT  255   /* section 4.2: with CR LF */
#define LIMIT_PACKET 35000 /* section 6.1: the whole packet every implementation must take */
/* our largest message but for data, which repeats a key; without room for it nothing is parsed */
#define LIMIT_REPLY  (LIMIT_KEY_BLOB + 256)
#define LIMIT_EARLY  1024   /* packets before login; more is a flood */
#define LIMIT_KEX_MS 300000 /* for the peer's part of a key exchange that we started */

/* --- authentication (RFC 4252) --- */
#define LIMIT_USER      32   /* login names, as Linux has them */
#define LIMIT_TRIES     6    /* failed requests per connection (OpenSSH's MaxAuthTries) */
#define LIMIT_REQUESTS  64   /* requests of any kind before login; more is a flood */
#define LIMIT_KEY_BLOB  4096 /* of a key or certificate */
#define LIMIT_PASSWORD  257  /* one more than crypt(3) takes */
#define LIMIT_KEYS_LINE 8192 /* one of its lines (OpenSSH's limit) */
#define LIMIT_BANNER    2048

/* --- connection (RFC 4254) --- */
#define LIMIT_CHANNELS     256   /* at once per connection … */
#define LIMIT_OFFERED      192   /* … up to so many for what connects to the client's ports … */
#define LIMIT_SESSIONS     10    /* … of them with programs (OpenSSH's MaxSessions) */
#define LIMIT_DIALS        128   /* connections in the making, each by a process */
#define LIMIT_LISTENERS    32    /* forwarded to the client, per connection */
#define LIMIT_HOST         255   /* a name to connect to, or to listen on */
#define LIMIT_CHANNEL_DATA 32768 /* the largest data we ask for in one packet */
/* Windows are promises of memory. Every channel may have the least; a connection has a share beside
 * that, from which those whose programs keep up are given more. */
#define LIMIT_WINDOW_LEAST 32768   /* what forwards begin with */
#define LIMIT_WINDOW_FIRST 262144  /* what programs begin with */
#define LIMIT_WINDOW       2097152 /* the most: 20 MB/s over 100 ms, as OpenSSH's */
#define LIMIT_SHARE        (2 * LIMIT_WINDOW)
#define LIMIT_PROMISE      (LIMIT_CHANNELS * LIMIT_WINDOW_LEAST + LIMIT_SHARE)
#define LIMIT_COMMAND      32768
#define LIMIT_ENV          64   /* accepted variables per channel */
#define LIMIT_ENV_BYTES    4096 /* their names and values together */
#define LIMIT_TERM         64

/* --- memory --- */
/* Two full data packets and the reserve for replies fit one block; with its header it is 18 pages. */
#define LIMIT_BLOCK_BYTES (18 * 4096 - 24)
/* in, out, held, a login's grant and the next one's, both tables of many channels and that of listeners,
 * and the queues of all promised windows, each with a part-used block at both ends */
#define LIMIT_BLOCKS (8 + LIMIT_PROMISE / LIMIT_BLOCK_BYTES + 2 * LIMIT_CHANNELS)

#endif
