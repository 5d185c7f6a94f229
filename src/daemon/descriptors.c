#include "daemon/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/limits.h"

#include "base/banned.h"

/* A view of the database opens the file, its log and the log's index; the rest is the writer,
 * fetches, epoll, logs and lists being read. */
enum { FILES_OF_A_VIEW = 3, FILES_OF_THE_REST = 128 };

size_t descriptors_needed(size_t connections)
{
    return connections + (size_t)FILES_OF_A_VIEW * LIMIT_STORE_VIEWS + FILES_OF_THE_REST;
}

enum status descriptors_raise(size_t need, struct why *why)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return why_set(why, STATUS_IO, "the limit of open files cannot be read: %s",
                       strerrordesc_np(errno));
    }
    if (limit.rlim_cur >= need) {
        return STATUS_OK;
    }
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return why_set(why, STATUS_IO, "the limit of open files cannot be raised: %s",
                       strerrordesc_np(errno));
    }
    if (limit.rlim_cur < need) {
        return why_set(why, STATUS_LIMIT,
                       "%llu files may be open (the hard limit of RLIMIT_NOFILE), and %zu could be "
                       "needed; under many connections some will be refused",
                       (unsigned long long)limit.rlim_max, need);
    }
    return STATUS_OK;
}
