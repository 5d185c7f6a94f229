#include "lib/check.h"

#include "contract/contract.h"
#include "contract/errors.h"

static void every_status_has_its_own_row(void **state)
{
    (void)state;
    for (enum status status = STATUS_OK + 1; status < STATUS_COUNT; status++) {
        struct api_error error = api_error_of(status);
        assert_true(error.exception.len > 0);
        assert_in_range(error.http, 400, 503);
        bool ours = status == STATUS_IO || status == STATUS_CORRUPT || status == STATUS_INTERNAL;
        if (!ours && str_eq(error.exception, STR("InternalFailureException"))) {
            fail_msg("STATUS_%s has no row in contract/errors.c", status_name(status));
        }
    }
}

static void status_codes_are_those_of_the_model(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        const char *exception;
        int http;
    } rows[] = {
        {STATUS_INVALID, "InvalidRequestException", 400},
        {STATUS_MALFORMED_POLICY, "MalformedPolicyException", 400},
        {STATUS_TASK_EXISTS, "TaskAlreadyExistsException", 400},
        {STATUS_UNREADABLE, "SerializationException", 400},
        {STATUS_DENIED, "AccessDeniedException", 403},
        {STATUS_NOT_FOUND, "ResourceNotFoundException", 404},
        {STATUS_NOT_CONFIGURED, "NotConfiguredException", 404},
        {STATUS_CERT_STATE, "CertificateStateException", 406},
        {STATUS_EXISTS, "ResourceAlreadyExistsException", 409},
        {STATUS_DELETE_CONFLICT, "DeleteConflictException", 409},
        {STATUS_VERSIONS_LIMIT, "VersionsLimitExceededException", 409},
        {STATUS_VERSION_CONFLICT, "VersionConflictException", 409},
        {STATUS_LIMIT, "LimitExceededException", 410},
        {STATUS_TRANSFER_DONE, "TransferAlreadyCompletedException", 410},
        {STATUS_INTERNAL, "InternalFailureException", 500},
        {STATUS_UNSUPPORTED, "NotImplementedException", 501},
        {STATUS_BUSY, "ServiceUnavailableException", 503},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct api_error error = api_error_of(rows[i].status);
        CHECK_STR(error.exception, rows[i].exception);
        assert_int_equal(error.http, rows[i].http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_row),
        cmocka_unit_test(status_codes_are_those_of_the_model),
    };
    return RUN_TESTS("errors", tests);
}
