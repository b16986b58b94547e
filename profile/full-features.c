/* Everything there is. Rows are taken out by `make WITHOUT=…`, too. */
#include "profile/profile.h"

/* clang-format off */
#define HAS(has) \
    has(passwords) \
    has(certificates) \
    has(key_options) \
    has(force_command) \
    has(banner) \
    has(pty) \
    has(env) \
    has(forwarding) \
    has(local_tcp) \
    has(names) \
    has(local_unix) \
    has(remote_tcp) \
    has(remote_unix) \
    has(agent) \
    has(shell) \
    has(files) \
    has(sftp) \
    has(scp) \
    has(init) \
    has(container) \
    has(inetd) \
    has(call_home) \
    has(sockets) \
    has(timers) \
    has(sources) \
    has(ready_fd) \
    has(reload) \
    has(systemd) \
    has(upgrade) \
    has(syslog) \
    has(self_test) \
    has(farewells) \
    has(hung_homes) \
    has(old_kernels)
/* clang-format on */

PROFILE("full", HAS, " all")
