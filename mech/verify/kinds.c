#include "store/store.h"
#include "verify/verify.h"

const struct store_ops *const verify_kinds[] = {
    &store_file_reader,
    NULL,
};
