#include "gss/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "gss/random.h"
#include "gss/register.h"

/* A table of zeros is an empty one, so a new file needs nothing written. Its
 * name changes when this does. */
struct table {
    _Atomic uint64_t id;     /* random; 0 until the first ticket */
    _Atomic uint64_t issued; /* how many ever were */
    _Atomic uint64_t words[TICKETS];
};

_Static_assert(sizeof(struct table) == 262144, "a whole number of pages");

/* A word is the deadline and what tells it from others with that deadline. */
#define SERIAL_BITS 20

uint64_t
ticket_deadline(struct ticket ticket)
{
    return ticket.word >> SERIAL_BITS;
}

/* One that is due later than any can be is of another time: of a folder that
 * was not emptied when the machine was started. */
static bool
is_live(uint64_t word, uint64_t now)
{
    uint64_t deadline = word >> SERIAL_BITS;

    return deadline > now && deadline <= now + CONFIG_TIMEOUT_MAX;
}

/* An errno in words; 0 stands for a file that is not ours to trust. */
static void
explain(struct sentence *why, const char *path, int error)
{
    char text[128];

    sentence_write(
        why, "Half-open contexts cannot be handed on through %s: %s", path,
        error != 0 ? strerror_r(error, text, sizeof(text))
                   : "it is not a file that this account alone may use");
}

/* The folder may be one that everybody can write to: whatever somebody else
 * has put there is not used. */
static int
check_file(int fd, off_t *size)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return errno;
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & (S_IRWXG | S_IRWXO)) != 0 || st.st_nlink != 1)
        return ELOOP;
    *size = st.st_size;
    return 0;
}

/* Some file systems let a signal interrupt this, and leave nothing of it. */
static int
make_room(int fd)
{
    int failed;

    do {
        failed = fallocate(fd, 0, 0, sizeof(struct table));
    } while (failed && errno == EINTR);
    return failed ? errno : 0;
}

/*
 * Map the file. It gets its room when it is made, as there is no telling the
 * program later that the file system is full.
 *
 * @return an errno, ELOOP also for a file that is not the account's alone
 */
static int
map_file(int fd, bool make, struct table **table)
{
    off_t size = 0;
    int error = check_file(fd, &size);
    void *map;

    if (error == 0 && size < (off_t)sizeof(**table) && make) {
        error = make_room(fd);
        if (error == 0)
            error = check_file(fd, &size);
    }
    if (error == 0 && size != sizeof(**table))
        error = ELOOP;
    if (error != 0)
        return error;
    map =
        mmap(NULL, sizeof(**table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return errno;
    *table = map;
    return 0;
}

/* Not kept open: the account may change, and somebody may clear the folder. */
static struct table *
open_table(const char *folder, bool make, struct sentence *why)
{
    char path[CONFIG_FOLDER_MAX + 64];
    struct table *table = NULL;
    int error = 0, fd;

    snprintf(path, sizeof(path), "%s/gss-scram-%lu.tickets", folder,
             (unsigned long)geteuid());
    fd = open(path,
              O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
                  (make ? O_CREAT : 0),
              S_IRUSR | S_IWUSR);
    if (fd < 0) {
        error = errno;
    } else {
        error = map_file(fd, make, &table);
        close(fd);
    }
    if (error != 0)
        explain(why, path, error == ELOOP ? 0 : error);
    return table;
}

static void
close_table(struct table *table)
{
    munmap(table, sizeof(*table));
}

/* The table's number, which is not 0; 0 without randomness. */
static uint64_t
table_id(struct table *table)
{
    uint64_t there = atomic_load(&table->id), made = 0;

    if (there != 0 ||
        random_bytes((uint8_t *)&made, sizeof(made)) != SCRAM_OK || made == 0)
        return there;
    if (atomic_compare_exchange_strong(&table->id, &there, made))
        return made;
    return there; /* another process was first */
}

/* Find a place for a ticket; false where there is none. */
static bool
take_place(struct table *table, uint64_t deadline, struct ticket *ticket)
{
    uint64_t serial = atomic_fetch_add(&table->issued, 1);
    uint64_t word =
        deadline << SERIAL_BITS | (serial & ((1 << SERIAL_BITS) - 1));
    uint64_t i, there, now = register_clock();

    for (i = 0; i < TICKETS; i++) {
        uint32_t place = (uint32_t)((serial + i) % TICKETS);

        there = atomic_load(&table->words[place]);
        if (is_live(there, now) ||
            !atomic_compare_exchange_strong(&table->words[place], &there, word))
            continue;
        ticket->place = place;
        ticket->word = word;
        return true;
    }
    return false;
}

bool
ticket_issue(const char *folder, uint64_t deadline, struct ticket *ticket,
             struct sentence *why)
{
    struct table *table = open_table(folder, true, why);
    struct ticket made;
    bool issued;

    if (table == NULL)
        return false;
    made.table = table_id(table);
    issued = made.table != 0 && take_place(table, deadline, &made);
    close_table(table);
    if (issued)
        *ticket = made;
    else
        sentence_write(why,
                       "As many half-open contexts as the table in %s has "
                       "places for are on their way to other processes",
                       folder);
    return issued;
}

bool
ticket_redeem(const char *folder, struct ticket ticket, struct sentence *why)
{
    uint64_t word = ticket.word;
    struct table *table;
    bool there = false;

    if (ticket.place < TICKETS && word != 0) {
        table = open_table(folder, false, why);
        if (table == NULL)
            return false;
        there = atomic_load(&table->id) == ticket.table &&
                atomic_compare_exchange_strong(&table->words[ticket.place],
                                               &word, 0);
        close_table(table);
    }
    if (!there)
        sentence_write(why,
                       "The exported context was imported already, or was not "
                       "exported by this account on this machine");
    return there;
}
