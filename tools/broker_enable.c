/*
 * "gss-scram broker enable": gss-scramd takes over the users of a file.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "broker.h"
#include "broker_store.h"
#include "command.h"
#include "progress.h"
#include "report.h"
#include "store/file_line.h"
#include "target.h"

#define BATCH 2000  /* verifiers that are gathered */
#define SERVERS 100 /* processes that are named */

/* Users on their way. */
struct taking {
    struct store *to;
    struct progress progress;
    struct sentence why;
    size_t count;
    uint64_t taken, there;
    struct store_entry entries[BATCH];
    struct scram_verifier verifiers[BATCH];
    uint8_t names[BATCH][SCRAM_USER_MAX];
};

/* Hand over what was gathered. One that is there already is left alone. */
static enum scram_status
broker_enable_flush(struct taking *t)
{
    enum scram_status status = broker_store_put(t->to, t->entries, t->count,
                                                STORE_ADD, true, NULL, &t->why);
    size_t i;

    for (i = 0; i < t->count && status == SCRAM_OK; i++) {
        t->taken += t->entries[i].status == SCRAM_OK;
        t->there += t->entries[i].status == SCRAM_USER_EXISTS;
        if (t->entries[i].status != SCRAM_OK &&
            t->entries[i].status != SCRAM_USER_EXISTS)
            status = t->entries[i].status;
    }
    t->count = 0;
    progress_show(&t->progress, t->taken + t->there, 0);
    return status;
}

/* store_visit */
static enum scram_status
broker_enable_take(void *data, struct slice user,
                   const struct scram_verifier *verifier)
{
    struct taking *t = data;
    size_t i = t->count++;

    memcpy(t->names[i], user.data, user.len);
    t->verifiers[i] = *verifier;
    t->entries[i] = (struct store_entry){
        {t->names[i], user.len}, &t->verifiers[i], SCRAM_OK};
    return t->count == BATCH ? broker_enable_flush(t) : SCRAM_OK;
}

/* Read the key that a file's decoys are made with. */
static bool
read_decoy_key(const char *path, struct secret_key *key)
{
    uint8_t text[FILE_HEADER_LEN + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct slice line = {text, FILE_HEADER_LEN};
    bool read_it =
        fd >= 0 && read(fd, text, sizeof(text)) == (ssize_t)sizeof(text);

    if (fd >= 0)
        close(fd);
    read_it = read_it && file_header_parse(line, key) == FILE_SOUND;
    OPENSSL_cleanse(text, sizeof(text));
    return read_it;
}

/* Hand over all users, and then the decoy key. */
static enum scram_status
take_all(struct taking *t, struct store *from, const char *path,
         struct sentence *why)
{
    struct secret_key key CLEANUP_KEY;
    enum scram_status status;

    progress_start(&t->progress, "verifiers", 0);
    status = store_iterate(from, broker_enable_take, t, why);
    if (status == SCRAM_OK)
        status = broker_enable_flush(t);
    progress_hide(&t->progress);
    if (t->why.text[0] != '\0')
        *why = t->why;
    if (status != SCRAM_OK)
        return status;
    if (!read_decoy_key(path, &key)) {
        sentence_write(why, "cannot read the first line of %s", path);
        return SCRAM_STORE_FAILED;
    }
    return broker_store_decoys(t->to, &key, why);
}

/* Whether a process has a file open. */
static bool
has_open(const char *pid, const struct stat *file)
{
    char path[300];
    struct dirent *entry;
    struct stat st;
    bool has = false;
    DIR *numbers;

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    numbers = opendir(path);
    while (numbers != NULL && !has && (entry = readdir(numbers)) != NULL)
        has = fstatat(dirfd(numbers), entry->d_name, &st, 0) == 0 &&
              st.st_dev == file->st_dev && st.st_ino == file->st_ino;
    if (numbers != NULL)
        closedir(numbers);
    return has;
}

/* A process' program, as the kernel calls it. */
static void
program_name(const char *pid, char *name, size_t size)
{
    char path[300];
    FILE *stream;

    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    stream = fopen(path, "re");
    if (stream == NULL || fgets(name, (int)size, stream) == NULL)
        snprintf(name, size, "?");
    name[strcspn(name, "\n")] = '\0';
    if (stream != NULL)
        fclose(stream);
}

/* Say which servers have the file open, and so go on with it until they are
 * started again. */
static void
name_servers(const char *path)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    struct stat file;
    unsigned found = 0;

    if (processes == NULL || stat(path, &file) != 0)
        return;
    while ((entry = readdir(processes)) != NULL) {
        char name[32];

        if (!isdigit((unsigned char)entry->d_name[0]) ||
            strtol(entry->d_name, NULL, 10) == (long)getpid() ||
            !has_open(entry->d_name, &file))
            continue;
        program_name(entry->d_name, name, sizeof(name));
        if (found++ < SERVERS)
            printf("process %s (%s) has %s open, and reads it until it is "
                   "started again\n",
                   entry->d_name, text_show(slice_of(name)).text, path);
    }
    closedir(processes);
    if (found > SERVERS)
        printf("and %u more\n", found - SERVERS);
    if (found == 0)
        printf("no process that can be seen has %s open\n", path);
}

static int
refuse_target(const struct target *target)
{
    report("%s is not gss-scramd's own store. Let \"broker\" in %s "
           "be " CONFIG_INSTALLED_BROKER
           " and \"store\" " CONFIG_INSTALLED_STORE ", as it is installed, run "
           "\"gss-scram broker reload\", and this again",
           target->location, config_path());
    return EXIT_REFUSED;
}

/* Open the file that is taken over. */
static enum scram_status
open_source(const char *location, struct store **from, struct sentence *why)
{
    if (strncmp(location, "file:", 5) == 0)
        return store_open(STORE_KINDS(&store_file_reader), location, STORE_READ,
                          from, why);
    sentence_write(why,
                   "%s is not a file of users, as " CONFIG_DEFAULT_STORE " is",
                   location);
    return SCRAM_BAD_LOCATION;
}

static int
enable_from(struct target *target, const char *location, struct taking *t)
{
    struct sentence why = {""};
    struct store *from = NULL;
    enum scram_status status = open_source(location, &from, &why);

    if (status != SCRAM_OK)
        return report_failure(status, &why);
    t->to = target->store;
    status = take_all(t, from, strchr(location, ':') + 1, &why);
    store_close(from);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    printf("%" PRIu64 " %s taken from %s into %s, and what decoys are made "
           "with; %" PRIu64 " exist already and were kept\n",
           t->taken, t->taken == 1 ? "verifier was" : "verifiers were",
           location, target->location, t->there);
    name_servers(strchr(location, ':') + 1);
    printf("%s is as it was: remove it when no server reads it any more\n",
           location);
    return EXIT_DONE;
}

int
broker_enable(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct taking *taking;
    int code = target_locate(options, &target);

    if (code == EXIT_DONE && !broker_store_is(target.location))
        code = refuse_target(&target);
    if (code == EXIT_DONE)
        code = target_open(&target, STORE_CREATE);
    if (code != EXIT_DONE)
        return code;
    taking = calloc(1, sizeof(*taking));
    if (taking == NULL)
        return report_failure(SCRAM_NO_MEMORY, &(struct sentence){""});
    code = enable_from(&target,
                       options->operand_count > 0 ? options->operands[0]
                                                  : CONFIG_DEFAULT_STORE,
                       taking);
    OPENSSL_cleanse(taking, sizeof(*taking));
    free(taking);
    return code;
}
