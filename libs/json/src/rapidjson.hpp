#pragma once

// The only way in which this folder includes RapidJSON: its reader alone. document.h of 1.1 (and
// with it schema.h) is refused by clang 19, and by GCC from 14: it assigns to a const member (line
// 319).
// - A broken precondition ends the process in release builds too, rather than reading wrong memory.
// - Version 1.1 computes with null pointers in its empty stacks, which the undefined-behaviour
// sanitizer reports although
//   it is harmless on every compiler we use; its code is exempt from that one check.
#include <cstdlib>

#define RAPIDJSON_ASSERT(condition) ((condition) ? static_cast<void>(0) : std::abort())

#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif
