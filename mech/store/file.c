/*
 * Users in a text file: file:/path. The parts are
 *
 *   file_line.h    one line, as text
 *   file_scan.h    all lines of a file, one after the other
 *   file_tally.h   what is usual among them, for decoys
 *   file_index.h   where in it to look
 *   file_image.h   a file that is open and was read through
 *   file_shared.h  those that the process has open, and newer ones
 *   file_fault.h   sentences about it
 *
 * and, in programs that change it (store_file_writer),
 *
 *   file_draft.h   a change
 *   file_changes.h the lines that it changes
 *   file_change.c  who is put in, and taken out
 *   file_publish.c the new file, until it is in the old one's place
 *   file_place.h   where that is, and the lock for one writer at a time
 */
#include <errno.h>
#include <limits.h>

#include "store/file_fault.h"
#include "store/file_store.h"

#define TRIES 8 /* while somebody writes to the file as it is read */

void
file_close(struct store *base)
{
    struct file_store *store = file_store_of(base);

    file_shared_leave(store->shared);
    free(store);
}

static enum scram_status
check_path(struct slice rest, struct sentence *why)
{
    const char *fault = NULL;

    if (rest.len == 0 || rest.data[0] != '/')
        fault = "does not begin with /";
    else if (rest.len >= PATH_MAX - 16) /* room for what is put behind it */
        fault = "is too long";
    if (fault == NULL)
        return SCRAM_OK;
    sentence_write(
        why, "\"file:%.*s\" is not the location of a store: the path %s",
        rest.len < 256 ? (int)rest.len : 256, (const char *)rest.data, fault);
    return SCRAM_BAD_LOCATION;
}

enum scram_status
file_open(struct slice location, enum store_mode mode, struct store **opened,
          struct sentence *why)
{
    struct slice path = location, scheme;
    struct file_image *image = NULL;
    struct file_store *store;
    enum scram_status status;

    (void)slice_take_until(&path, ':', &scheme);
    status = check_path(path, why);
    if (status != SCRAM_OK)
        return status;
    store = calloc(1, sizeof(*store));
    if (store == NULL)
        return file_fault_memory(why);
    status = file_shared_join(path, &store->shared, why);
    if (status != SCRAM_OK) {
        free(store);
        return status;
    }
    store->store.ops = &store_file_reader;
    store->store.name = file_shared_path(store->shared);
    if (mode != STORE_READ)
        file_shared_renew(store->shared, NULL); /* what is there now */
    status = file_shared_take(store->shared, &image, why);
    file_image_release(image);
    if (status == SCRAM_OK)
        *opened = &store->store;
    else
        file_close(&store->store);
    return status;
}

/* What is read for a user who is not there: what takes longer for those who
 * are tells who is. It has what the line of a user has, the day of the last
 * change too. */
static const char *const nobody[SCRAM_MECHANISMS] = {
    [SCRAM_SHA_256] = "somebody:SCRAM-SHA-256$600000:AAAAAAAAAAAAAAAAAAAAAA==$"
                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
                      " changed=2026-01-01",
    [SCRAM_SHA_1] = "somebody:SCRAM-SHA-1$600000:AAAAAAAAAAAAAAAAAAAAAA==$"
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAA="
                    " changed=2026-01-01",
};

/*
 * Look up a user, and make a decoy for when there is none. Both are done for
 * everybody, and a line is read for nobody too.
 *
 * @param salted  whether a decoy is to have a salt and a count, as a user has;
 *                what takes HMACs is left out for everybody where not
 * @param status  of what was made, if the file was readable
 */
static enum file_found
file_find(struct file_image *image, enum scram_mechanism mechanism,
          struct slice user, bool salted, struct scram_verifier *found,
          struct scram_verifier *decoy, enum scram_status *status)
{
    uint8_t name_space[FILE_NAME_MAX], key_space[FILE_KEY_MAX];
    struct buffer name = BUFFER_ARRAY(name_space);
    struct buffer key = BUFFER_ARRAY(key_space);
    struct file_text text;
    struct file_line line;
    enum file_found what;

    file_name_write(user, &name);
    file_key(buffer_slice(&name), mechanism, &key);
    what = file_image_find(image, buffer_slice(&key), &text, &line, NULL);
    if (what == FILE_NOBODY)
        (void)file_line_parse(slice_of(nobody[mechanism]), &line);
    if (what == FILE_FOUND || what == FILE_NOBODY) {
        *status = file_line_verifier(&line, found);
        *decoy = (struct scram_verifier){.mechanism = mechanism};
        if (*status == SCRAM_OK && salted)
            *status =
                store_decoys_make(&image->decoys, image->shares[mechanism],
                                  mechanism, user, decoy);
    }
    OPENSSL_cleanse(text.bytes, text.len);
    return what;
}

enum scram_status
file_look_up(struct store *base, enum scram_mechanism mechanism,
             struct slice user, bool salted, struct scram_verifier *verifier,
             struct sentence *why)
{
    CLEANUP_VERIFIER struct scram_verifier found, decoy;
    struct file_shared *shared = file_store_of(base)->shared;
    enum scram_status status = SCRAM_OK;
    struct file_image *image;
    int i;

    for (i = 0; i < TRIES && status == SCRAM_OK; i++) {
        enum file_found what;
        int error;

        status = file_shared_take(shared, &image, why);
        if (status != SCRAM_OK)
            return status;
        what =
            file_find(image, mechanism, user, salted, &found, &decoy, &status);
        error = errno;
        if (what == FILE_CHANGED)
            file_shared_renew(shared, image);
        file_image_release(image);
        if (what == FILE_BROKEN)
            return file_fault_read(file_shared_path(shared), error, why);
        if (what == FILE_CHANGED)
            continue;
        if (status == SCRAM_OK)
            *verifier = what == FILE_FOUND ? found : decoy;
        return status == SCRAM_OK && what == FILE_NOBODY ? SCRAM_NO_USER
                                                         : status;
    }
    if (status == SCRAM_OK) {
        sentence_write(why,
                       "cannot read the store %s: it changed under each of "
                       "%d attempts; try again",
                       file_shared_path(shared), TRIES);
        status = SCRAM_STORE_FAILED;
    }
    return status;
}

enum scram_status
file_iterate(struct store *base, store_visit *visit, void *data,
             struct sentence *why)
{
    struct file_image *image;
    enum scram_status status =
        file_shared_take(file_store_of(base)->shared, &image, why);

    if (status != SCRAM_OK)
        return status;
    status = file_image_visit(image, visit, data, why);
    file_image_release(image);
    return status;
}

const struct store_ops store_file_reader = {
    .schemes = {"file"},
    .open = file_open,
    .look_up = file_look_up,
    .iterate = file_iterate,
    .close = file_close,
};
