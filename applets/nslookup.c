/* Asks DNS as programs of this container would, but past the hosts file: whether the server knows is the question. */
#include "applets/out.h"
#include "applets/reach.h"
#include "applets/rows.h"

/* RFC 1035 section 4.1.1 */
static const char codes[] =
    "\1no address\0\2FORMERR\0\3SERVFAIL\0\4NXDOMAIN\0\5NOTIMP\0\6REFUSED\0";

static int run(struct args *a)
{
    static struct resolved found, servers;
    static struct resolver r = { "", "/etc/resolv.conf", 53, NULL };
    static char text[ADDRESS_MAX];
    static unsigned number;
    static uint64_t v;
    const char *port = a->option['p'], *name = a->word[0];
    if (a->words - 1u > 1)
        return applet_usage(a);
    if (port != NULL) {
        if (!applet_number(port + (*port == 'o' ? 4 : 0), UINT16_MAX, &v))
            return 1;
        r.port = (uint16_t)v;
    }
    if (a->word[1] != NULL) {
        if (!reach_host(a->word[1], r.port, &servers))
            return 1;
        r.server = servers.list;
    }
    int n = resolve_host(&r, name, 0, REACH_MS, &found);
    if (found.server != NULL) {
        address_text(found.server, text, &number);
        out_format("Server:\t\t%s\nAddress:\t%s#%u\n\n", text, text, number);
    }
    for (unsigned i = 0; i < found.n; i++) {
        address_text(&found.list[i], text, &number);
        out_format("Name:\t%s\nAddress: %s\n", name, text);
    }
    if (n > 0)
        return 0;
    return applet_wrong(name, found.server == NULL
                                  ? "not a name"
                                  : reach_named(codes, found.code + 1, "no answer"));
}

const struct applet applet_nslookup = { "nslookup",
                                        " p:", "[-port=N] NAME [SERVER]\nAsk DNS for addresses",
                                        run, false };
