#include "strchr_lexer.h"

#include <string.h>

size_t strchr_lex(char* text, size_t size, unsigned long* messages, unsigned long* headers) {
    static struct strchr_message message;
    char* at = text;
    char* const end = text + size;
    char* begin = text;
    message.count = 0;
    for (;;) {
        char* line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL) {
            return (size_t)(begin - text);
        }
        *line_end = '\0';
        if (line_end > at && line_end[-1] == '\r') {
            line_end[-1] = '\0';
        }
        if (*at == '\0') {
            if (message.count > 0) {
                ++*messages;
                *headers += (unsigned long)message.count;
                message.count = 0;
            }
            begin = line_end + 1;
        } else if (message.count < 256) {
            char* colon = strchr(at, ':');
            if (colon != NULL) {
                *colon = '\0';
                message.name[message.count] = at;
                message.value[message.count] = colon[1] == ' ' ? colon + 2 : colon + 1;
                ++message.count;
            }
        }
        at = line_end + 1;
    }
}
