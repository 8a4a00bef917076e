#pragma once

// Catch2 2 (Debian 12) and 3 (Debian 13) by one name. Include this, never <catch2/...>.
// Bind an awaited value to a name before REQUIRE: an assertion macro may evaluate its expression
// more than once.
#ifdef TRUNKLINE_CATCH2_V2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#endif

#ifdef TRUNKLINE_CATCH2_V2
// The name is Catch2 3's.
// NOLINTNEXTLINE(readability-identifier-naming)
inline auto ContainsSubstring(const std::string& part) { return Catch::Matchers::Contains(part); }
#endif
