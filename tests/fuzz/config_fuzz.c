/*
 * The configuration file. What is read is in its range, and a mistake has a
 * sentence with the file in it. A file that includes others is left out: they
 * would be this machine's.
 */
#include "fuzz.h"

#include "base/config.h"
#include "base/config_file.h"
#include "base/ini.h"

const size_t fuzz_input_max = CONFIG_FILE_MAX + FUZZ_OVER;

/*
 * A first byte 1 is for a file whose length is in the next three: lines of a
 * comment, as long as a line may be, stand before the rest. No luck would make
 * a file of CONFIG_FILE_MAX bytes.
 */
static struct slice
lengthen(struct slice text)
{
    static uint8_t memory[CONFIG_FILE_MAX + FUZZ_OVER];
    struct slice rest = text;
    size_t len, i, front;

    if (fuzz_byte(&rest) != 1)
        return text;
    len = (size_t)fuzz_number(&rest, 3);
    if (len > sizeof(memory))
        len = sizeof(memory);
    if (len < rest.len + 1)
        return rest;
    front = len - rest.len;
    for (i = 0; i < front; i++)
        memory[i] = i % INI_LINE_MAX == INI_LINE_MAX - 1 ? '\n' : '#';
    memory[front - 1] = '\n';
    if (rest.len != 0)
        memcpy(memory + front, rest.data, rest.len);
    return (struct slice){memory, len};
}

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
    path = fuzz_file("scram.conf", lengthen(text));
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
