#include "lib/check.h"

#include "contract/contract.h"
#include "contract/errors.h"

static void every_service_has_a_word_for_every_status(void **state)
{
    (void)state;
    for (enum service_id service = 0; service < SERVICE_COUNT; service++) {
        struct api_error fault = api_error_of(service, STATUS_INTERNAL);
        struct api_error busy = api_error_of(service, STATUS_BUSY);
        for (enum status status = STATUS_OK + 1; status < STATUS_COUNT; status++) {
            struct api_error error = api_error_of(service, status);
            assert_true(error.exception.len > 0);
            assert_in_range(error.http, 400, 503);
            /* What the client sent, or the account holds, is no fault of ours. */
            if (status >= STATUS_INVALID &&
                (error.http >= 500 || str_eq(error.exception, fault.exception) ||
                 str_eq(error.exception, busy.exception))) {
                fail_msg("STATUS_%s has no row for %s", status_name(status),
                         services[service].id.ptr);
            }
        }
    }
}

static void each_service_says_it_in_its_own_words(void **state)
{
    (void)state;
    static const struct {
        enum service_id service;
        enum status status;
        const char *exception;
        int http;
    } rows[] = {
        {SERVICE_iam, STATUS_NOT_FOUND, "NoSuchEntity", 404},
        {SERVICE_iam, STATUS_EXISTS, "EntityAlreadyExists", 409},
        {SERVICE_iam, STATUS_DELETE_CONFLICT, "DeleteConflict", 409},
        {SERVICE_iam, STATUS_LIMIT, "LimitExceeded", 409},
        {SERVICE_iam, STATUS_OUT_OF_BOUNDS, "ValidationError", 400},
        {SERVICE_iam, STATUS_INVALID, "InvalidInput", 400},
        {SERVICE_iam, STATUS_MALFORMED_POLICY, "MalformedPolicyDocument", 400},
        {SERVICE_iam, STATUS_NO_OPERATION, "InvalidAction", 400},
        {SERVICE_iam, STATUS_CERT_STATE, "InvalidInput", 400},
        {SERVICE_iam, STATUS_DENIED, "AccessDenied", 403},
        {SERVICE_sts, STATUS_UNAUTHENTICATED, "InvalidClientTokenId", 403},
        {SERVICE_sts, STATUS_SIGNATURE_WRONG, "SignatureDoesNotMatch", 403},
        {SERVICE_sns, STATUS_NOT_FOUND, "NotFound", 404},
        {SERVICE_sns, STATUS_OUT_OF_BOUNDS, "InvalidParameter", 400},
        {SERVICE_sns, STATUS_UNSUPPORTED, "NotImplemented", 501},
        {SERVICE_logs, STATUS_NOT_FOUND, "ResourceNotFoundException", 400},
        {SERVICE_logs, STATUS_BUSY, "ServiceUnavailableException", 500},
        {SERVICE_logs, STATUS_OUT_OF_BOUNDS, "InvalidParameterException", 400},
        {SERVICE_cognito, STATUS_OUT_OF_BOUNDS, "ValidationException", 400},
        {SERVICE_cognito, STATUS_NO_OPERATION, "UnknownOperationException", 400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct api_error error = api_error_of(rows[i].service, rows[i].status);
        CHECK_STR(error.exception, rows[i].exception);
        assert_int_equal(error.http, rows[i].http);
    }
}

static void whoever_refuses_may_name_the_exception(void **state)
{
    (void)state;
    struct why why = {0};
    enum status status =
        why_raise(&why, STATUS_LIMIT, X_sns_SubscriptionLimitExceeded, "%d are enough", 3);
    assert_int_equal(status, STATUS_LIMIT);
    assert_string_equal(why.text, "3 are enough");
    CHECK_STR(api_error_of_why(SERVICE_sns, status, &why).exception, "SubscriptionLimitExceeded");
    CHECK_STR(api_error_of_why(SERVICE_logs, status, &why).exception, "LimitExceededException");
    CHECK_STR(api_error_of_why(SERVICE_iot, status, &why).exception, "LimitExceededException");
    why_raise(&why, STATUS_CONFLICT, X_CertificateConflict, "the first of all");
    CHECK_STR(api_error_of_why(SERVICE_iot, STATUS_CONFLICT, &why).exception,
              "CertificateConflictException");
    (void)why_set(&why, STATUS_CONFLICT, "another reason forgets the name");
    CHECK_STR(api_error_of_why(SERVICE_iot, STATUS_CONFLICT, &why).exception, "ConflictException");
    assert_int_equal(why_raise(NULL, STATUS_LIMIT, X_sns_TopicLimitExceeded, "unheard"),
                     STATUS_LIMIT);
}

static void every_status_has_its_own_row(void **state)
{
    (void)state;
    for (enum status status = STATUS_OK + 1; status < STATUS_COUNT; status++) {
        struct api_error error = api_error_of(SERVICE_iot, status);
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
        struct api_error error = api_error_of(SERVICE_iot, rows[i].status);
        CHECK_STR(error.exception, rows[i].exception);
        assert_int_equal(error.http, rows[i].http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_service_has_a_word_for_every_status),
        cmocka_unit_test(each_service_says_it_in_its_own_words),
        cmocka_unit_test(whoever_refuses_may_name_the_exception),
        cmocka_unit_test(every_status_has_its_own_row),
        cmocka_unit_test(status_codes_are_those_of_the_model),
    };
    return RUN_TESTS("errors", tests);
}
