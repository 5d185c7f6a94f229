/* keyq.c: residues of the modulus, and a sorted table of fingerprints.
 *
 * ROCA: primes are taken in groups whose product fits a word, so that the modulus is reduced once a
 * group. The first group are five of the primes with the fewest powers of 65537: it turns away all
 * but one in 5,900 random moduli, and only for it the reduction is made of independent products
 * (limb times a power of 2^32 modulo the group's product), which the processor computes side by
 * side.
 */
#include "x509/keyq.h"

#include <stdlib.h>

#include "codec/hex.h"

#include "base/banned.h"

enum { LIMBS = 64, LIMB_BYTES = 4, BLOCK_BYTES = LIMBS * LIMB_BYTES };

/* For each odd prime up to 167 which residues are powers of 65537: bit r of allowed. Zero never is
 * one. In the order of the groups below. tests/unit/x509/test_keyq.c recomputes all. */
static const struct residues {
    uint32_t prime;
    uint64_t allowed[3];
} residues[] = {
    {11, {0x402}},
    {37, {0x4000402}},
    {97, {0x6000001800000002, 0x100000000}},
    {61, {0x1434026619900b0a}},
    {19, {0x30af2}},
    {3, {0x6}},
    {5, {0x1e}},
    {7, {0x7e}},
    {13, {0x161a}},
    {17, {0x1a316}},
    {23, {0x7ffffe}},
    {29, {0x1ffffffe}},
    {31, {0x7ffffffe}},
    {41, {0x1fffffffffe}},
    {43, {0x7fffffffffe}},
    {47, {0x7ffffffffffe}},
    {53, {0x12dd703303aed2}},
    {59, {0x7fffffffffffffe}},
    {67, {0xfffffffffffffffe, 0x7}},
    {71, {0x164729716b1d977e, 0x1}},
    {73, {0x811a48004962078a, 0x147}},
    {79, {0x4010404000640502, 0xb}},
    {83, {0xfffffffffffffffe, 0x7ffff}},
    {89, {0xfffffffffffffffe, 0x1ffffff}},
    {101, {0xfffffffffffffffe, 0x1fffffffff}},
    {103, {0xbd964257768fe396, 0x16380e9115}},
    {107, {0x633397be6a897e1a, 0x27816ea9821}},
    {109, {0xb003685cbe7192ba, 0x1752639f4e85}},
    {113, {0xfffffffffffffffe, 0x1ffffffffffff}},
    {127, {0xa04c81430a190536, 0x6ca09850c2813205}},
    {131, {0xfffffffffffffffe, 0xffffffffffffffff, 0x7}},
    {137, {0xfffffffffffffffe, 0xffffffffffffffff, 0x1ff}},
    {139, {0xfffffffffffffffe, 0xffffffffffffffff, 0x7ff}},
    {149, {0xfffffffffffffffe, 0xffffffffffffffff, 0x1fffff}},
    {151, {0x1a2412003d18030a, 0xbc00482458dac35b, 0x50c018}},
    {157, {0x71bd5baca0b7e1a, 0xd76af63826461899, 0x161fb414}},
    {163, {0xfffffffffffffffe, 0xffffffffffffffff, 0x7ffffffff}},
    {167, {0xfffffffffffffffe, 0xffffffffffffffff, 0x7fffffffff}},
};

static const struct group {
    uint32_t product;
    uint8_t n;
} groups[] = {
    {11U * 37U * 97U * 61U * 19U, 5}, {3U * 5U * 7U * 13U * 17U * 23U * 29U * 31U, 8},
    {41U * 43U * 47U * 53U * 59U, 5}, {67U * 71U * 73U * 79U * 83U, 5},
    {89U * 101U * 103U * 107U, 4},    {109U * 113U * 127U * 131U, 4},
    {137U * 139U * 149U * 151U, 4},   {157U * 163U * 167U, 3},
};

/* 2^(32 i) modulo the first product, which is below 2^26: 64 products of a limb and a power do not
 * overflow 64 bits. */
static const uint32_t power[LIMBS + 1] = {
    1,        39644323, 11752581, 26386523, 43586403, 21545701, 17929190, 27079816, 44129435,
    21071020, 21914663, 28595758, 17248929, 38540269, 12612680, 28703368, 21419963, 33491639,
    22025694, 34734571, 43870542, 39342813, 8399847,  65536,    4018226,  3690303,  4578655,
    12888100, 29688437, 34937521, 4360830,  2739994,  35183901, 4972900,  16510211, 19853439,
    34981984, 45304176, 22390377, 25431849, 30766495, 6270917,  41591467, 11464077, 10920418,
    1,        39644323, 11752581, 26386523, 43586403, 21545701, 17929190, 27079816, 44129435,
    21071020, 21914663, 28595758, 17248929, 38540269, 12612680, 28703368, 21419963, 33491639,
    22025694, 34734571,
};

static uint32_t limb_at(const uint8_t *p)
{
    uint32_t limb;
    memcpy(&limb, p, sizeof limb);
    return __builtin_bswap32(limb);
}

/* The len octets that end at end, as a number, modulo the first product. len is at most a block. */
static uint64_t block_residue(const uint8_t *end, size_t len)
{
    uint64_t sum = 0;
    size_t n = len / LIMB_BYTES;
    for (size_t i = 0; i < n; i++) {
        sum += (uint64_t)limb_at(end - LIMB_BYTES * (i + 1)) * power[i];
    }
    uint64_t top = 0;
    for (size_t i = 0; i < len % LIMB_BYTES; i++) {
        top = top << 8 | *(end - len + i);
    }
    return (n < LIMBS ? sum + top * power[n] : sum) % groups[0].product;
}

static uint32_t first_residue(struct bytes modulus)
{
    size_t head = modulus.len % BLOCK_BYTES;
    const uint8_t *at = modulus.ptr + head;
    const uint8_t *end = modulus.ptr + modulus.len;
    uint64_t residue = head == 0 ? 0 : block_residue(at, head);
    for (; at < end; at += BLOCK_BYTES) {
        residue = (residue * power[LIMBS] + block_residue(at + BLOCK_BYTES, BLOCK_BYTES)) %
                  groups[0].product;
    }
    return (uint32_t)residue;
}

/* The plain way, for the few moduli that come this far. */
static uint32_t residue_modulo(struct bytes modulus, uint32_t product)
{
    uint64_t residue = 0;
    for (size_t i = 0; i < modulus.len; i++) {
        residue = (residue << 8 | modulus.ptr[i]) % product;
    }
    return (uint32_t)residue;
}

static bool group_allows(const struct residues *rows, size_t n, uint32_t residue)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t r = residue % rows[i].prime;
        if ((rows[i].allowed[r / 64] >> r % 64 & 1) == 0) {
            return false;
        }
    }
    return true;
}

bool keyq_is_roca(struct bytes modulus)
{
    const struct residues *rows = residues;
    if (modulus.len == 0 || !group_allows(rows, groups[0].n, first_residue(modulus))) {
        return false;
    }
    for (size_t i = 1; i < sizeof groups / sizeof groups[0]; i++) {
        rows += groups[i - 1].n;
        if (!group_allows(rows, groups[i].n, residue_modulo(modulus, groups[i].product))) {
            return false;
        }
    }
    return true;
}

/* 12 bytes; with buckets and filter at most 16 an entry. */
struct weak {
    uint8_t bits[2]; /* key size, big-endian, after the fingerprint in the order */
    uint8_t debian[KEY_DEBIAN_BYTES];
};

/* Sorted by fingerprint, which is a digest and spread evenly. buckets[b] is the first entry whose
 * leading bits are b, so a fingerprint is found among four or so. Nearly all keys that are asked
 * for are not listed: the filter, small enough for the processor's cache, has a bit set for each
 * entry, chosen by other octets of the fingerprint, and turns away most of them. */
struct keyq_list {
    struct weak *entries;
    size_t n;
    size_t cap;
    size_t max;
    uint32_t *buckets; /* NULL until sealed */
    unsigned shift;    /* of the leading 32 bits */
    uint8_t *filter;
    uint32_t filter_mask; /* number of bits - 1 */
};

enum { LIST_FIRST_CAP = 1024, ENTRIES_A_BUCKET = 4, FILTER_BITS = 4 };

struct keyq_list *keyq_list_new(size_t max)
{
    struct keyq_list *list = mem_alloc(sizeof *list);
    if (list != NULL) {
        list->max = max;
    }
    return list;
}

void keyq_list_free(struct keyq_list *list)
{
    if (list != NULL) {
        mem_free(list->entries);
        mem_free(list->buckets);
        mem_free(list->filter);
        mem_free(list);
    }
}

size_t keyq_list_size(const struct keyq_list *list)
{
    return list == NULL ? 0 : list->n;
}

size_t keyq_list_bytes(const struct keyq_list *list)
{
    size_t n_buckets = (size_t)1 << (32 - list->shift);
    return list->cap * sizeof list->entries[0] + (n_buckets + 1) * sizeof list->buckets[0] +
           list->filter_mask / 8 + 1;
}

static enum status make_room(struct keyq_list *list, struct why *why)
{
    if (list->n == list->max) {
        return why_set(why, STATUS_TOO_LARGE, "the weak key lists have more than %zu entries",
                       list->max);
    }
    if (list->n < list->cap) {
        return STATUS_OK;
    }
    size_t cap = list->cap == 0 ? LIST_FIRST_CAP : 2 * list->cap;
    cap = cap > list->max ? list->max : cap;
    struct weak *grown = mem_grow(list->entries, cap * sizeof *grown);
    TRY_PTR(grown);
    list->entries = grown;
    list->cap = cap;
    return STATUS_OK;
}

/* "blacklist.RSA-2048": the digits at the end. */
static enum status size_of_name(struct str name, int64_t *ret, struct why *why)
{
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] >= '0' && name.ptr[at - 1] <= '9') {
        at--;
    }
    if (str_to_int64(str_slice(name, at, name.len), ret) != STATUS_OK || *ret < 1 ||
        *ret > UINT16_MAX) {
        return why_set(why, STATUS_INVALID,
                       "the weak key list %.*s has no key size at the end of its name, like "
                       "blacklist.RSA-2048",
                       STR_ARG(name));
    }
    return STATUS_OK;
}

enum status keyq_list_add(struct keyq_list *list, struct str file_name, struct str text,
                          struct why *why)
{
    int64_t bits = 0;
    struct str line;
    TRY(size_of_name(file_name, &bits, why));
    for (size_t number = 1; str_next(&text, '\n', &line); number++) {
        struct weak entry = {.bits = {(uint8_t)(bits >> 8), (uint8_t)bits}};
        if (str_ends(line, STR("\r"))) {
            line.len--;
        }
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (hex_decode(line, entry.debian, sizeof entry.debian, NULL) != STATUS_OK) {
            return why_at(why, STATUS_INVALID, number,
                          "line %zu of the weak key list %.*s is not 20 hex digits", number,
                          STR_ARG(file_name));
        }
        TRY(make_room(list, why));
        list->entries[list->n++] = entry;
    }
    return STATUS_OK;
}

static int order(const void *a, const void *b)
{
    const struct weak *x = a;
    const struct weak *y = b;
    int by_debian = memcmp(x->debian, y->debian, sizeof x->debian);
    return by_debian != 0 ? by_debian : memcmp(x->bits, y->bits, sizeof x->bits);
}

static size_t drop_duplicates(struct weak *entries, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || order(&entries[kept - 1], &entries[i]) != 0) {
            entries[kept++] = entries[i];
        }
    }
    return kept;
}

static size_t bucket_of(const struct keyq_list *list, const uint8_t *debian)
{
    return (size_t)((uint64_t)limb_at(debian) >> list->shift);
}

static uint32_t filter_bit(const struct keyq_list *list, const uint8_t *debian)
{
    return limb_at(debian + LIMB_BYTES) & list->filter_mask;
}

/* At least four bits an entry: at most 22 of 100 that are not listed pass. */
static enum status make_filter(struct keyq_list *list, struct why *why)
{
    uint64_t n_bits = 64;
    while (n_bits < FILTER_BITS * (uint64_t)list->n && n_bits < UINT32_MAX) {
        n_bits *= 2;
    }
    list->filter = mem_alloc(n_bits / 8);
    TRY_PTR(list->filter);
    list->filter_mask = (uint32_t)(n_bits - 1);
    for (size_t i = 0; i < list->n; i++) {
        uint32_t bit = filter_bit(list, list->entries[i].debian);
        list->filter[bit / 8] |= (uint8_t)(1U << bit % 8);
    }
    return STATUS_OK;
}

static enum status make_buckets(struct keyq_list *list, struct why *why)
{
    list->shift = 32;
    while (list->shift > 0 && list->n >> (32 - list->shift) > ENTRIES_A_BUCKET) {
        list->shift--;
    }
    size_t n_buckets = (size_t)1 << (32 - list->shift);
    list->buckets = mem_alloc((n_buckets + 1) * sizeof list->buckets[0]);
    TRY_PTR(list->buckets);
    size_t at = 0;
    for (size_t i = 0; i < list->n; i++) {
        while (at <= bucket_of(list, list->entries[i].debian)) {
            list->buckets[at++] = (uint32_t)i;
        }
    }
    while (at <= n_buckets) {
        list->buckets[at++] = (uint32_t)list->n;
    }
    return STATUS_OK;
}

enum status keyq_list_seal(struct keyq_list *list, struct why *why)
{
    if (list->n > 1) {
        qsort(list->entries, list->n, sizeof list->entries[0], order);
    }
    list->n = drop_duplicates(list->entries, list->n);
    struct weak *exact = mem_grow(list->entries, list->n * sizeof *exact);
    TRY_PTR(exact);
    list->entries = exact;
    list->cap = list->n;
    TRY(make_filter(list, why));
    return make_buckets(list, why);
}

bool keyq_list_has(const struct keyq_list *list, int bits, const uint8_t debian[KEY_DEBIAN_BYTES])
{
    if (list == NULL || list->buckets == NULL || bits < 0 || bits > UINT16_MAX) {
        return false;
    }
    uint32_t bit = filter_bit(list, debian);
    if ((list->filter[bit / 8] >> bit % 8 & 1) == 0) {
        return false;
    }
    struct weak wanted = {.bits = {(uint8_t)(bits >> 8), (uint8_t)bits}};
    memcpy(wanted.debian, debian, sizeof wanted.debian);
    size_t bucket = bucket_of(list, debian);
    size_t low = list->buckets[bucket];
    size_t high = list->buckets[bucket + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int cmp = order(&list->entries[middle], &wanted);
        if (cmp == 0) {
            return true;
        }
        low = cmp < 0 ? middle + 1 : low;
        high = cmp < 0 ? high : middle;
    }
    return false;
}
