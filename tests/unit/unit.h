/*
 * What every unit test needs of Check: a program is one suite, named after the
 * file that it tests, and runs what its table of cases lists.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

/*
 * Run a suite of one test case and print Check's closing line.
 *
 * @param timeout  seconds for each test
 * @return what main returns
 */
static inline int
unit_run(const char *name, void (*add)(TCase *tests), double timeout)
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, timeout);
    add(tests);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
