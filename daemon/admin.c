#include "daemon/admin.h"

const struct request_op admin_ops[] = {
    {.take = NULL},
};
