#include "api/route.h"

#include "api/percent.h"

#include "base/banned.h"

enum { NONE = 0 }; /* node 0 is the root, which is nobody's child */

struct node {
    struct str literal;
    uint16_t children; /* with a literal, linked by next */
    uint16_t next;
    uint16_t label;             /* child for any one segment */
    uint16_t greedy;            /* child for all that is left */
    uint16_t ops[METHOD_COUNT]; /* op_id + 1 */
};

struct router {
    struct node *nodes;
    size_t n_nodes;
    uint16_t labels[OP_END_iot][ROUTE_LABELS_MAX]; /* members, in the order of the path */
};

/* ---- building -------------------------------------------------------------------------------- */

static size_t count_segments(void)
{
    size_t n = 1;
    for (int id = 0; id < OP_END_iot; id++) {
        for (size_t i = 0; i < operations[id].path.len; i++) {
            n += operations[id].path.ptr[i] == '/';
        }
    }
    return n;
}

static uint16_t add_node(struct router *router, struct str literal)
{
    router->nodes[router->n_nodes] = (struct node){.literal = literal};
    return (uint16_t)router->n_nodes++;
}

static uint16_t find_literal(const struct router *router, uint16_t parent, struct str segment)
{
    uint16_t child = router->nodes[parent].children;
    while (child != NONE && !str_eq(router->nodes[child].literal, segment)) {
        child = router->nodes[child].next;
    }
    return child;
}

static uint16_t literal_child(struct router *router, uint16_t parent, struct str segment)
{
    uint16_t child = find_literal(router, parent, segment);
    if (child == NONE) {
        child = add_node(router, segment);
        router->nodes[child].next = router->nodes[parent].children;
        router->nodes[parent].children = child;
    }
    return child;
}

static uint16_t label_child(struct router *router, uint16_t parent, bool greedy)
{
    uint16_t child = greedy ? router->nodes[parent].greedy : router->nodes[parent].label;
    if (child == NONE) {
        child = add_node(router, STR_ABSENT);
        *(greedy ? &router->nodes[parent].greedy : &router->nodes[parent].label) = child;
    }
    return child;
}

static enum member_id member_of_label(const struct shape *input, struct str label)
{
    for (size_t i = 0; i < input->n; i++) {
        const struct shape_member *member = &input->members[i];
        if (member->place == PLACE_URI && str_eq(member_wire(member), label)) {
            return (enum member_id)member->member;
        }
    }
    return M_NONE;
}

static enum status add_operation(struct router *router, enum op_id id, struct why *why)
{
    const struct operation *op = &operations[id];
    struct str rest = str_slice(op->path, 1, op->path.len);
    struct str segment;
    uint16_t at = 0;
    size_t n_labels = 0;
    while (str_next(&rest, '/', &segment)) {
        if (!str_starts(segment, STR("{"))) {
            at = literal_child(router, at, segment);
            continue;
        }
        bool greedy = str_ends(segment, STR("+}"));
        struct str label = str_slice(segment, 1, segment.len - (greedy ? 2 : 1));
        enum member_id member = member_of_label(&shapes[op->input], label);
        if (member == M_NONE || n_labels == ROUTE_LABELS_MAX) {
            return why_set(why, STATUS_INTERNAL, "%s: no place for the label %.*s", op->name.ptr,
                           STR_ARG(label));
        }
        router->labels[id][n_labels++] = (uint16_t)member;
        at = label_child(router, at, greedy);
    }
    if (router->nodes[at].ops[op->method] != 0) {
        return why_set(why, STATUS_INTERNAL, "%s: its path is another operation's", op->name.ptr);
    }
    router->nodes[at].ops[op->method] = (uint16_t)(id + 1);
    return STATUS_OK;
}

enum status router_new(struct router **ret, struct why *why)
{
    enum status status = STATUS_OK;
    struct router *router = mem_alloc(sizeof(*router));
    if (router == NULL) {
        return why_no_memory(why);
    }
    router->nodes = mem_alloc(count_segments() * sizeof(struct node));
    if (router->nodes == NULL) {
        status = why_no_memory(why);
        goto out;
    }
    add_node(router, STR_ABSENT);
    for (enum op_id id = 0; id < OP_END_iot && status == STATUS_OK; id++) {
        status = add_operation(router, id, why);
    }
out:
    if (status != STATUS_OK) {
        router_free(router);
        return status;
    }
    *ret = router;
    return STATUS_OK;
}

void router_free(struct router *router)
{
    if (router != NULL) {
        mem_free(router->nodes);
        mem_free(router);
    }
}

/* ---- finding --------------------------------------------------------------------------------- */

struct walk {
    const struct router *router;
    enum method method;
    bool path_known; /* some operation has this path, with whatever method */
    size_t n_labels;
    struct str labels[ROUTE_LABELS_MAX];
};

/* The operation of this method at a node; -1 when it has none. */
static int node_op(struct walk *walk, uint16_t at)
{
    const struct node *node = &walk->router->nodes[at];
    for (int method = 0; method < METHOD_COUNT; method++) {
        walk->path_known |= node->ops[method] != 0;
    }
    return walk->method == METHOD_COUNT ? -1 : (int)node->ops[walk->method] - 1;
}

static int walk_from(struct walk *walk, uint16_t at, struct str rest);

static int walk_label(struct walk *walk, uint16_t child, struct str text, struct str rest)
{
    if (child == NONE || text.len == 0 || walk->n_labels == ROUTE_LABELS_MAX) {
        return -1;
    }
    walk->labels[walk->n_labels++] = text;
    int op = walk_from(walk, child, rest);
    if (op < 0) {
        walk->n_labels--;
    }
    return op;
}

/* At most three ways at each of at most nine segments, and in fact hardly ever two. */
static int walk_from(struct walk *walk, uint16_t at, struct str rest)
{
    struct str all = rest, segment;
    if (!str_next(&rest, '/', &segment)) {
        return node_op(walk, at);
    }
    int op = -1;
    uint16_t child = find_literal(walk->router, at, segment);
    if (child != NONE) {
        op = walk_from(walk, child, rest);
    }
    if (op < 0) {
        op = walk_label(walk, walk->router->nodes[at].label, segment, rest);
    }
    if (op < 0) {
        op = walk_label(walk, walk->router->nodes[at].greedy, all, STR_ABSENT);
    }
    return op;
}

static enum method method_of(struct str name)
{
    enum method method = 0;
    while (method < METHOD_COUNT && !str_eq(method_names[method], name)) {
        method++;
    }
    return method;
}

enum status route_find(const struct router *router, struct str method, struct str path,
                       struct arena *mem, struct route *ret, struct why *why)
{
    struct walk walk = {.router = router, .method = method_of(method)};
    int op = -1;
    if (str_starts(path, STR("/"))) {
        op = walk_from(&walk, 0, str_slice(path, 1, path.len));
    }
    if (op < 0) {
        return walk.path_known
                   ? why_set(why, STATUS_NO_OPERATION, "no operation is %.*s of this path",
                             STR_ARG(str_slice(method, 0, 16)))
                   : why_set(why, STATUS_NO_OPERATION, "no operation has this path");
    }
    struct route route = {.op = &operations[op], .n_labels = walk.n_labels};
    for (size_t i = 0; i < walk.n_labels; i++) {
        enum member_id member = (enum member_id)router->labels[op][i];
        route.labels[i].member = member;
        TRY(percent_text(walk.labels[i], member_names[member].ptr, mem, &route.labels[i].text,
                         why));
    }
    *ret = route;
    return STATUS_OK;
}
