#include "verify/verify.h"

#include <stdlib.h>

struct verify_service *
verify_again(struct verify_service *service)
{
    atomic_fetch_add_explicit(&service->references, 1, memory_order_relaxed);
    return service;
}

void
verify_release(struct verify_service *service)
{
    if (service != NULL && atomic_fetch_sub(&service->references, 1) == 1)
        service->ops->close(service);
}

void
accept_policy_clear(struct accept_policy *policy)
{
    free(policy->store);
    free(policy->broker);
    *policy = (struct accept_policy){0};
}
