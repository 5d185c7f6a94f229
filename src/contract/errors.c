#include "contract/errors.h"

#include "contract/contract.h"

#include "base/banned.h"

/* An exception of the model, or one that the model does not have. */
struct row {
    bool modelled;
    enum exception_id id;
    struct str name;
    int http;
};

#define MODELLED(status, name)     [STATUS_##status] = {true, X_##name, STR_INIT(""), 0}
#define COMMON(status, name, http) [STATUS_##status] = {false, 0, STR_INIT(name "Exception"), http}

static const struct row rows[STATUS_COUNT] = {
    MODELLED(NO_MEMORY, ServiceUnavailable),
    MODELLED(TOO_LARGE, InvalidRequest),
    MODELLED(IO, InternalFailure),
    MODELLED(BUSY, ServiceUnavailable),
    MODELLED(CANCELED, ServiceUnavailable),
    MODELLED(CORRUPT, InternalFailure),
    MODELLED(INTERNAL, InternalFailure),
    COMMON(UNSUPPORTED, "NotImplemented", 501),

    MODELLED(INVALID, InvalidRequest),
    MODELLED(MALFORMED, InvalidRequest),
    MODELLED(MALFORMED_POLICY, MalformedPolicy),
    COMMON(UNREADABLE, "Serialization", 400),
    COMMON(NO_OPERATION, "UnknownOperation", 404),
    COMMON(SIGNATURE_MISSING, "MissingAuthenticationToken", 403),
    COMMON(SIGNATURE_INCOMPLETE, "IncompleteSignature", 400),
    COMMON(SIGNATURE_WRONG, "InvalidSignature", 403),
    COMMON(UNAUTHENTICATED, "UnrecognizedClient", 403),
    COMMON(DENIED, "AccessDenied", 403),

    MODELLED(NOT_FOUND, ResourceNotFound),
    MODELLED(EXISTS, ResourceAlreadyExists),
    MODELLED(LIMIT, LimitExceeded),
    MODELLED(NOT_CONFIGURED, NotConfigured),
    MODELLED(VERSION_CONFLICT, VersionConflict),
    MODELLED(VERSIONS_LIMIT, VersionsLimitExceeded),
    MODELLED(DELETE_CONFLICT, DeleteConflict),
    MODELLED(CONFLICT, Conflict),
    MODELLED(TASK_EXISTS, TaskAlreadyExists),
    MODELLED(CERT_STATE, CertificateState),
    MODELLED(CERT_INVALID, CertificateValidation),
    MODELLED(CERT_CONFLICT, CertificateConflict),
    MODELLED(CODE_MISMATCH, RegistrationCodeValidation),
    MODELLED(TRANSFER_CONFLICT, TransferConflict),
    MODELLED(TRANSFER_DONE, TransferAlreadyCompleted),
};

struct api_error api_error_of(enum status status)
{
    const struct row *row = &rows[status];
    if (row->modelled) {
        return (struct api_error){exceptions[row->id].name, exceptions[row->id].http};
    }
    if (row->name.ptr == NULL) { /* a status without a row: the unit test forbids it */
        return api_error_of(STATUS_INTERNAL);
    }
    return (struct api_error){row->name, row->http};
}
