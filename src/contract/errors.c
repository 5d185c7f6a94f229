#include "contract/errors.h"

#include "base/banned.h"

/* An exception of a model, or one that the model does not have. */
struct row {
    uint16_t modelled; /* exception_id + 1 */
    struct str name;
    int http;
};

/* A status's rows; a table that lacks one leaves it to the next: a service's own, its protocol's.
 */
struct table {
    struct row rows[STATUS_COUNT];
};

#define MODELLED(status, name)     [STATUS_##status] = {X_##name + 1, {NULL, 0}, 0}
#define COMMON(status, name, code) [STATUS_##status] = {0, STR_INIT(name), code}

static const struct table protocol_tables[] = {
    [PROTOCOL_QUERY] = {{
        COMMON(NO_MEMORY, "ServiceUnavailable", 503),
        COMMON(TOO_LARGE, "ValidationError", 400),
        COMMON(IO, "InternalFailure", 500),
        COMMON(BUSY, "ServiceUnavailable", 503),
        COMMON(CANCELED, "ServiceUnavailable", 503),
        COMMON(CORRUPT, "InternalFailure", 500),
        COMMON(INTERNAL, "InternalFailure", 500),
        COMMON(UNSUPPORTED, "NotImplemented", 501),
        COMMON(INVALID, "ValidationError", 400),
        COMMON(OUT_OF_BOUNDS, "ValidationError", 400),
        COMMON(UNREADABLE, "MalformedInput", 400),
        COMMON(NO_OPERATION, "InvalidAction", 400),
        COMMON(SIGNATURE_MISSING, "MissingAuthenticationToken", 403),
        COMMON(SIGNATURE_INCOMPLETE, "IncompleteSignature", 400),
        COMMON(SIGNATURE_WRONG, "SignatureDoesNotMatch", 403),
        COMMON(UNAUTHENTICATED, "InvalidClientTokenId", 403),
        COMMON(DENIED, "AccessDenied", 403),
    }},
    [PROTOCOL_JSON] = {{
        COMMON(NO_MEMORY, "ServiceUnavailableException", 503),
        COMMON(TOO_LARGE, "ValidationException", 400),
        COMMON(IO, "InternalFailure", 500),
        COMMON(BUSY, "ServiceUnavailableException", 503),
        COMMON(CANCELED, "ServiceUnavailableException", 503),
        COMMON(CORRUPT, "InternalFailure", 500),
        COMMON(INTERNAL, "InternalFailure", 500),
        COMMON(UNSUPPORTED, "NotImplementedException", 501),
        COMMON(OUT_OF_BOUNDS, "ValidationException", 400),
        COMMON(UNREADABLE, "SerializationException", 400),
        COMMON(NO_OPERATION, "UnknownOperationException", 400),
        COMMON(SIGNATURE_MISSING, "MissingAuthenticationTokenException", 400),
        COMMON(SIGNATURE_INCOMPLETE, "IncompleteSignatureException", 400),
        COMMON(SIGNATURE_WRONG, "InvalidSignatureException", 400),
        COMMON(UNAUTHENTICATED, "UnrecognizedClientException", 400),
        COMMON(DENIED, "AccessDeniedException", 400),
    }},
};

static const struct table service_tables[SERVICE_COUNT] = {
    [SERVICE_iot] = {{
        MODELLED(NO_MEMORY, ServiceUnavailable),
        MODELLED(TOO_LARGE, InvalidRequest),
        MODELLED(IO, InternalFailure),
        MODELLED(BUSY, ServiceUnavailable),
        MODELLED(CANCELED, ServiceUnavailable),
        MODELLED(CORRUPT, InternalFailure),
        MODELLED(INTERNAL, InternalFailure),
        COMMON(UNSUPPORTED, "NotImplementedException", 501),

        MODELLED(INVALID, InvalidRequest),
        MODELLED(OUT_OF_BOUNDS, InvalidRequest),
        MODELLED(MALFORMED, InvalidRequest),
        MODELLED(MALFORMED_POLICY, MalformedPolicy),
        COMMON(UNREADABLE, "SerializationException", 400),
        COMMON(NO_OPERATION, "UnknownOperationException", 404),
        COMMON(SIGNATURE_MISSING, "MissingAuthenticationTokenException", 403),
        COMMON(SIGNATURE_INCOMPLETE, "IncompleteSignatureException", 400),
        COMMON(SIGNATURE_WRONG, "InvalidSignatureException", 403),
        COMMON(UNAUTHENTICATED, "UnrecognizedClientException", 403),
        COMMON(DENIED, "AccessDeniedException", 403),

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
    }},
    [SERVICE_iam] = {{
        MODELLED(IO, iam_ServiceFailure),
        MODELLED(CORRUPT, iam_ServiceFailure),
        MODELLED(INTERNAL, iam_ServiceFailure),
        MODELLED(INVALID, iam_InvalidInput),
        MODELLED(MALFORMED_POLICY, iam_MalformedPolicyDocument),
        MODELLED(NOT_FOUND, iam_NoSuchEntity),
        MODELLED(NOT_CONFIGURED, iam_NoSuchEntity),
        MODELLED(EXISTS, iam_EntityAlreadyExists),
        MODELLED(LIMIT, iam_LimitExceeded),
        MODELLED(VERSIONS_LIMIT, iam_LimitExceeded),
        MODELLED(VERSION_CONFLICT, iam_ConcurrentModification),
        MODELLED(DELETE_CONFLICT, iam_DeleteConflict),
        MODELLED(CONFLICT, iam_UnmodifiableEntity),
    }},
    [SERVICE_sts] = {{
        MODELLED(MALFORMED_POLICY, sts_MalformedPolicyDocument),
    }},
    [SERVICE_sns] = {{
        MODELLED(IO, sns_InternalError),
        MODELLED(CORRUPT, sns_InternalError),
        MODELLED(INTERNAL, sns_InternalError),
        MODELLED(INVALID, sns_InvalidParameter),
        MODELLED(OUT_OF_BOUNDS, sns_InvalidParameter),
        MODELLED(DENIED, sns_AuthorizationError),
        MODELLED(NOT_FOUND, sns_NotFound),
        MODELLED(LIMIT, sns_TopicLimitExceeded),
        MODELLED(VERSION_CONFLICT, sns_ConcurrentAccess),
        MODELLED(CONFLICT, sns_InvalidState),
    }},
    [SERVICE_logs] = {{
        MODELLED(NO_MEMORY, logs_ServiceUnavailable),
        MODELLED(BUSY, logs_ServiceUnavailable),
        MODELLED(CANCELED, logs_ServiceUnavailable),
        MODELLED(INVALID, logs_InvalidParameter),
        MODELLED(OUT_OF_BOUNDS, logs_InvalidParameter),
        MODELLED(NOT_FOUND, logs_ResourceNotFound),
        MODELLED(EXISTS, logs_ResourceAlreadyExists),
        MODELLED(LIMIT, logs_LimitExceeded),
        MODELLED(VERSION_CONFLICT, logs_OperationAborted),
        MODELLED(CONFLICT, logs_OperationAborted),
    }},
    [SERVICE_cognito] = {{
        MODELLED(IO, cognito_InternalError),
        MODELLED(CORRUPT, cognito_InternalError),
        MODELLED(INTERNAL, cognito_InternalError),
        MODELLED(BUSY, cognito_TooManyRequests),
        MODELLED(INVALID, cognito_InvalidParameter),
        MODELLED(NOT_FOUND, cognito_ResourceNotFound),
        MODELLED(EXISTS, cognito_ResourceConflict),
        MODELLED(LIMIT, cognito_LimitExceeded),
        MODELLED(VERSION_CONFLICT, cognito_ConcurrentModification),
        MODELLED(CONFLICT, cognito_ResourceConflict),
    }},
};

static bool is_there(const struct row *row)
{
    return row->modelled != 0 || row->http != 0;
}

/* See the top of the header for a status without a row. */
static const struct row *find_row(enum service_id service, enum status status)
{
    const struct row *own = &service_tables[service].rows[status];
    const struct row *common = &protocol_tables[services[service].protocol].rows[status];
    if (is_there(own)) {
        return own;
    }
    if (is_there(common)) {
        return common;
    }
    return status == STATUS_INVALID ? find_row(service, STATUS_INTERNAL)
                                    : find_row(service, STATUS_INVALID);
}

struct api_error api_error_of(enum service_id service, enum status status)
{
    const struct row *row = find_row(service, status);
    if (row->modelled != 0) {
        const struct exception *exception = &exceptions[row->modelled - 1];
        return (struct api_error){exception->name, exception->http};
    }
    return (struct api_error){row->name, row->http};
}

struct api_error api_error_of_why(enum service_id service, enum status status,
                                  const struct why *why)
{
    unsigned named = why->exception; /* exception_id + 1 */
    if (named <= services[service].first_exception || named > services[service].end_exception) {
        return api_error_of(service, status);
    }
    return (struct api_error){exceptions[named - 1].name, exceptions[named - 1].http};
}
