#include "result_error.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using base::Errc;

TEST_CASE("Each SQLSTATE means what a caller may decide about", "[pg]") {
    const std::pair<const char*, Errc> table[] = {
        {"23505", Errc::conflict},      {"23503", Errc::invalid_input},
        {"23514", Errc::invalid_input}, {"22P02", Errc::invalid_input},
        {"22021", Errc::invalid_input}, {"54000", Errc::too_large},
        {"57014", Errc::timeout},       {"55P03", Errc::timeout},
        {"08006", Errc::unavailable},   {"57P01", Errc::unavailable},
        {"57P03", Errc::unavailable},   {"53300", Errc::unavailable},
        {"53100", Errc::unavailable},   {"40001", Errc::unavailable},
        {"40P01", Errc::unavailable},   {"25006", Errc::unavailable},
        {"25P03", Errc::unavailable},   {"42601", Errc::internal},
        {"P0001", Errc::internal},      {"", Errc::internal},
        {"5", Errc::internal},
    };
    for (const auto& [sqlstate, code] : table) {
        INFO(sqlstate);
        CHECK(pg::errc_of(sqlstate) == code);
    }
}

TEST_CASE("Only transactions that the server undid by itself are repeated", "[pg]") {
    CHECK(pg::may_repeat("40001"));
    CHECK(pg::may_repeat("40P01"));
    CHECK(pg::may_repeat("0A000"));
    CHECK(pg::may_repeat("26000"));
    CHECK_FALSE(pg::may_repeat("23505"));
    CHECK_FALSE(pg::may_repeat("commit_unknown"));
    CHECK_FALSE(pg::may_repeat(""));
}

TEST_CASE("A cancelled statement spoils its connection", "[pg]") {
    CHECK(pg::spoils_connection("57014"));
    CHECK(pg::spoils_connection("25006"));
    CHECK_FALSE(pg::spoils_connection("23505"));
}

TEST_CASE("A message of several lines becomes one", "[pg]") {
    CHECK(
        pg::one_line("connection failed: refused\n\tIs the server running?\n") ==
        "connection failed: refused Is the server running?"
    );
    CHECK(pg::one_line("").empty());
}
