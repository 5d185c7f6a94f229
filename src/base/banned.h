/* banned.h: calls that do not compile here. Include it last, in every .c file.
 *
 * Each has a bounded or thread-safe relation: snprintf or str_fmt, str_* views, str_to_int64,
 * gmtime_r, rnd_*. Allocation belongs to base/arena.c, which does not include this file's second
 * half (it defines BANNED_ALLOW_MALLOC first).
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime rand srand random drand48 strerror tmpnam mktemp
#undef alloca /* a macro of stdlib.h */
#pragma GCC poison alloca system popen
#ifndef BANNED_ALLOW_MALLOC
#pragma GCC poison malloc calloc realloc strdup strndup asprintf vasprintf reallocarray
#endif

#endif
