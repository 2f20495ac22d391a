#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int came; /* its number */

static void
interrupt_take_down(int number)
{
    atomic_store(&came, number);
}

void
interrupt_expect(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before, action = {.sa_handler = interrupt_take_down,
                                       .sa_flags = (int)SA_RESETHAND};
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (sigaction(numbers[i], NULL, &before) == 0 &&
            before.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL);
    }
}

bool
interrupt_came(void)
{
    return atomic_load(&came) != 0;
}

void
interrupt_obey(void)
{
    if (interrupt_came())
        raise(atomic_load(&came));
}
