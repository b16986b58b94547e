/* Every command there is, in the order of `help`. What has no row is not linked. */
#include <stddef.h>

#include "applets/rows.h"

const struct applet *const applet_table[] = {
    /* files */
    &applet_ls,
    &applet_find,
    &applet_stat,
    &applet_du,
    &applet_df,
    &applet_cp,
    &applet_mv,
    &applet_rm,
    &applet_mkdir,
    &applet_rmdir,
    &applet_ln,
    &applet_chmod,
    &applet_chown,
    &applet_touch,
    &applet_tar,

    /* text */
    &applet_cat,
    &applet_head,
    &applet_tail,
    &applet_grep,
    &applet_sed,
    &applet_sort,
    &applet_uniq,
    &applet_wc,
    &applet_tee,
    &applet_xargs,
    &applet_hexdump,
    &applet_sha256sum,

    /* processes */
    &applet_ps,
    &applet_kill,
    &applet_top,
    &applet_free,
    &applet_uptime,
    &applet_limits,
    &applet_maps,
    &applet_cgroup,

    /* network */
    &applet_ss,
    &applet_ip,
    &applet_nslookup,
    &applet_nc,
    &applet_wget,
    &applet_ping,

    /* system */
    &applet_mount,
    &applet_dmesg,
    &applet_uname,
    &applet_id,
    &applet_env,
    &applet_date,
    &applet_sleep,
    &applet_which,

    /* for scripts */
    &applet_echo,
    &applet_printf,
    &applet_test,
    &applet_bracket,
    &applet_true,
    &applet_false,

    /* shell */
    &applet_nano_sh,
    &applet_sh,

    NULL,
};
