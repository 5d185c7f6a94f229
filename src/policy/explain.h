/* explain.h: facts about a policy as sentences for people: what, where, shown by which witness, and
 * the smallest edit that would end it. Statements are counted from 0, as in the document's list.
 *
 * The verbs append to a buf (sticky; the caller asks once at the end).
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "base/buf.h"
#include "policy/broad.h"
#include "policy/misconfig.h"
#include "policy/reach.h"

/* The sentence of the AWS finding, with all actions:
 *     Policy allows broad access to IoT data plane actions: [iot:Connect, iot:Publish]. */
void policy_explain_actions(struct buf *out, const struct policy_broad_fact *facts, size_t n);

/* What one statement does wrong; the facts are those of that statement:
 *     Statement 0 allows a device to act for devices that are not its own: iot:Connect on
 *     client/<any>; iot:GetThingShadow, iot:UpdateThingShadow, iot:DeleteThingShadow and 4 more on
 *     thing/<any>. The resource "*" describes them; <any> is any name.
 * Which the 4 are is said by policy_explain_actions. */
void policy_explain_broad(struct buf *out, const struct policy_broad_fact *facts, size_t n);

/* The edit of that statement: a resource for each kind that the device needs of its own. */
void policy_fix_broad(struct buf *out, const struct policy_doc *doc,
                      const struct policy_broad_fact *facts, size_t n);

void policy_explain_misconfig(struct buf *out, const struct policy_misconfig_fact *fact);
void policy_fix_misconfig(struct buf *out, const struct policy_misconfig_fact *fact);

/* Both answers of policy_reach, in one to three sentences. */
void policy_explain_reach(struct buf *out, const struct policy_doc *doc,
                          enum policy_reach_kind kind, const struct policy_reach *reach);

#endif
