#include "policy_text.h"

/* The thing of a policy: its variable, or for one in eight every thing, which is too broad. */
void policy_text_put(struct buf *out, uint64_t random)
{
    const char *thing = random % 8 == 0 ? "*" : "${iot:Connection.Thing.ThingName}";
    unsigned line = (unsigned)(random >> 8) % 1000;
    buf_put_fmt(out,
                "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n"
                "    {\"Effect\": \"Allow\", \"Action\": \"iot:Connect\", \"Resource\": \"" ARN_HEAD
                "client/%s\",\n     \"Condition\": {\"Bool\": {"
                "\"iot:Connection.Thing.IsAttached\": \"true\"}}},\n"
                "    {\"Effect\": \"Allow\", \"Action\": [\"iot:Publish\", \"iot:Receive\"], "
                "\"Resource\": [\"" ARN_HEAD "topic/dt/line-%u/%s/*\", \"" ARN_HEAD
                "topic/$aws/things/%s/shadow/*\"]},\n"
                "    {\"Effect\": \"Allow\", \"Action\": [\"iot:Subscribe\"], "
                "\"Resource\": \"" ARN_HEAD "topicfilter/cmd/line-%u/%s/*\"}",
                thing, line, thing, thing, line, thing);
    if (random % 16 == 3) {
        buf_put_str(out, STR(",\n    {\"Effect\": \"Deny\", \"Action\": \"iot:Publish\", "
                             "\"Resource\": \"" ARN_HEAD "topic/dt/admin/*\"}"));
    }
    buf_put_str(out, STR("\n  ]\n}\n"));
}
