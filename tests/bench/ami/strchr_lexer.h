#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a C programmer writes in an afternoon: lines by memchr, names by strchr, a fixed table of headers. */
struct strchr_message {
    const char* name[256];
    const char* value[256];
    int count;
};

/* Takes as many whole messages as there are from `text`, which it changes; `size` bytes and a NUL.
   Returns how many bytes it used; `messages` and `headers` grow by what was found. */
size_t strchr_lex(char* text, size_t size, unsigned long* messages, unsigned long* headers);

#ifdef __cplusplus
}
#endif
