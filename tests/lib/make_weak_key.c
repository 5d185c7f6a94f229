/* make_weak_key.c: prints the private key of a ROCA pair, for the demo and for experiments:
 *     build/tests/lib/make-weak-key >weak.key
 */
#include "lib/weak_key.h"

int main(void)
{
    if (!weak_key_write(stdout) || fflush(stdout) != 0) {
        fprintf(stderr, "make-weak-key: the crypto library made no key\n");
        return 1;
    }
    return 0;
}
