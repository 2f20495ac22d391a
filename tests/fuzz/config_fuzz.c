/*
 * The configuration file. What is read is in its range, and a mistake has a
 * sentence with the file in it. A file that includes others is left out: they
 * would be this machine's.
 */
#include "fuzz.h"

#include "base/config.h"
#include "base/config_file.h"

const size_t fuzz_input_max = CONFIG_FILE_MAX + FUZZ_OVER;

static bool
leads_elsewhere(struct slice text)
{
    return memmem(text.data, text.len, "include", 7) != NULL;
}

static void
check(const struct config *config)
{
    const char *colon = strchr(config->store, ':');

    FUZZ_CHECK(colon != NULL && colon != config->store && colon[1] != '\0');
    FUZZ_CHECK(config->handshake_timeout >= CONFIG_TIMEOUT_MIN);
    FUZZ_CHECK(config->handshake_timeout <= CONFIG_TIMEOUT_MAX);
    FUZZ_CHECK(config->max_half_open >= 1);
    FUZZ_CHECK(config->max_half_open <= CONFIG_HALF_OPEN_MAX);
    FUZZ_CHECK(config->client_min_iterations >= 4096);
    FUZZ_CHECK(config->client_min_iterations <= config->client_max_iterations);
    FUZZ_CHECK(config->client_max_iterations <= INT32_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const accounts[] = {NULL, "www-data", "x"};
    struct slice text = {data, size};
    const char *path;
    size_t i;

    if (size != 0 && leads_elsewhere(text))
        return -1;
    path = fuzz_file("scram.conf", text);
    for (i = 0; i < sizeof(accounts) / sizeof(accounts[0]); i++) {
        struct sentence why = {""};
        struct config config = {.max_half_open = 7};
        enum scram_status status =
            config_load_file(path, accounts[i], &config, &why);

        FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_CONFIG);
        if (status == SCRAM_OK) {
            check(&config);
            config_clear(&config);
        } else {
            FUZZ_CHECK(config.max_half_open == 7);
            FUZZ_CHECK(strstr(why.text, path) != NULL);
        }
    }
    return 0;
}
