#include "ref_simdjson.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <simdjson.h>

struct ref_simdjson {
    simdjson::dom::parser parser;
    std::vector<simdjson::padded_string> documents;
    size_t next = 0;
};

extern "C" struct ref_simdjson *ref_simdjson_new(void)
{
    return new ref_simdjson;
}

extern "C" void ref_simdjson_free(struct ref_simdjson *ref)
{
    delete ref;
}

extern "C" void ref_simdjson_add(struct ref_simdjson *ref, const char *ptr, size_t len)
{
    ref->documents.emplace_back(ptr, len);
}

extern "C" void ref_simdjson_run(void *ctx, size_t n)
{
    auto *ref = static_cast<struct ref_simdjson *>(ctx);
    for (size_t i = 0; i < n; i++) {
        simdjson::dom::element root;
        if (ref->parser.parse(ref->documents[ref->next]).get(root) != simdjson::SUCCESS) {
            std::fprintf(stderr, "simdjson refuses document %zu\n", ref->next);
            std::exit(2);
        }
        ref->next = ref->next + 1 == ref->documents.size() ? 0 : ref->next + 1;
    }
}
