#include "report.h"

#include <stdio.h>

static void
microseconds(double ns)
{
    if (ns == 0)
        printf(" %9s", "-");
    else
        printf(" %9.2f", ns / 1e3);
}

/* The fastest of the other mechanisms; 0 if there is none. */
static double
best_peer(const struct row *row)
{
    double best = 0;
    int i;

    for (i = 1; i < MECHS; i++) {
        if (row->mechs[i] != 0 && (best == 0 || row->mechs[i] < best))
            best = row->mechs[i];
    }
    return best;
}

void
report_head(void)
{
    int i;

    printf("%-13s %7s", "", "bytes");
    for (i = 0; i < MECHS; i++)
        printf(" %9s", mechs[i].name);
    printf(" %9s %5s %5s %5s\n", "libcrypto", "MB/s", "share", "peer");
}

void
report_row(const struct row *row)
{
    double best = best_peer(row);
    int i;

    printf("%-13s %7zu", row->act, row->len);
    for (i = 0; i < MECHS; i++)
        microseconds(row->mechs[i]);
    microseconds(row->libcrypto);
    printf(" %5.0f %4.0f%%", (double)row->len * 1e3 / row->mechs[0],
           100 * row->libcrypto / row->mechs[0]);
    if (best == 0)
        printf(" %5s\n", "-");
    else
        printf(" %4.1fx\n", best / row->mechs[0]);
}
