/* The rows that a profile may have. */
#ifndef APPLETS_ROWS_H
#define APPLETS_ROWS_H

#include "applets/applet.h"

/* --- files --- */
extern const struct applet applet_ls, applet_find, applet_stat, applet_du, applet_df, applet_cp,
    applet_mv, applet_rm, applet_mkdir, applet_rmdir, applet_ln, applet_chmod, applet_chown,
    applet_touch, applet_tar;

/* --- text --- */
extern const struct applet applet_cat, applet_head, applet_tail, applet_grep, applet_wc,
    applet_hexdump, applet_sort, applet_uniq, applet_tee, applet_xargs, applet_sed,
    applet_sha256sum;

/* --- processes --- */
extern const struct applet applet_ps, applet_kill, applet_top, applet_free, applet_uptime,
    applet_limits, applet_maps, applet_cgroup;

/* --- network --- */
extern const struct applet applet_ss, applet_ip, applet_nslookup, applet_nc, applet_wget,
    applet_ping;

/* --- system --- */
extern const struct applet applet_mount, applet_dmesg, applet_uname, applet_id, applet_env,
    applet_date, applet_sleep, applet_which;

/* --- for scripts --- */
extern const struct applet applet_echo, applet_printf, applet_test, applet_bracket, applet_true,
    applet_false;

/* --- shell/ --- */
extern const struct applet applet_nano_sh, applet_sh;

#endif
