#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum scram_status
private_file_unreadable(const char *path, int error, struct sentence *why)
{
    sentence_write(why, "cannot read %s: %s%s", path, strerror(error),
                   error == EACCES ? "; it has to belong to this account" : "");
    return SCRAM_BAD_CONFIG;
}

static enum scram_status
private_file_check(const char *path, int fd, struct sentence *why)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return private_file_unreadable(path, errno, why);
    if (!S_ISREG(st.st_mode)) {
        sentence_write(why, "%s is not a file", path);
        return SCRAM_BAD_CONFIG;
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        sentence_write(
            why,
            "%s has mode %o, so that other accounts can read the secret in it: "
            "give it to the account that uses it, chmod 600 it, and replace "
            "the secret if somebody may have read it",
            path, st.st_mode & 07777u);
        return SCRAM_BAD_CONFIG;
    }
    return SCRAM_OK;
}

/* Read all of it. Returns its length, or -1. */
static ssize_t
private_file_read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t len = 0;
    ssize_t n;

    while (len < size) {
        n = read(fd, bytes + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

static enum scram_status
private_file_take(const char *path, int fd, struct secret *contents,
                  struct sentence *why)
{
    uint8_t bytes[PRIVATE_FILE_MAX + 1];
    ssize_t len = private_file_read_all(fd, bytes, sizeof(bytes));
    enum scram_status status = SCRAM_OK;

    if (len > 0 && bytes[len - 1] == '\n')
        len--;
    if (len < 0) {
        status = private_file_unreadable(path, errno, why);
    } else if (len == 0 || len > PRIVATE_FILE_MAX) {
        sentence_write(why, "%s is %s", path, len == 0 ? "empty" : "too long");
        status = SCRAM_BAD_CONFIG;
    } else if (!secret_copy(contents, (struct slice){bytes, (size_t)len})) {
        sentence_write(why, "cannot read %s: out of memory", path);
        status = SCRAM_NO_MEMORY;
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return status;
}

enum scram_status
private_file_read(const char *path, struct secret *contents,
                  struct sentence *why)
{
    enum scram_status status;
    /* O_NONBLOCK: nobody may ever open the other end of a FIFO. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return private_file_unreadable(path, errno, why);
    status = private_file_check(path, fd, why);
    if (status == SCRAM_OK)
        status = private_file_take(path, fd, contents, why);
    close(fd);
    return status;
}
