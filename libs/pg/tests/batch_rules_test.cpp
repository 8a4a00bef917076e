#include "pg/batch_rules.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <set>
#include <stdexcept>

#include "testing/catch.hpp"

using namespace trunkline;
using pg::BatchRules;

namespace {

base::Error error_of(base::Errc code, std::string native = {}) {
    return {.code = code, .detail = "x", .fields = {}, .native = std::move(native)};
}

struct Played {
    std::vector<std::size_t> written;
    std::set<std::size_t> blamed;
    std::size_t writes = 0;
};

// Obeys the rules against a store that refuses whatever holds a poisoned item.
Played play(std::size_t count, const std::set<std::size_t>& poisoned) {
    BatchRules rules(count);
    Played played;
    for (auto range = rules.next(); range; range = rules.next()) {
        ++played.writes;
        const auto end = range->first + range->count;
        const auto first_bad = poisoned.lower_bound(range->first);
        if (first_bad == poisoned.end() || *first_bad >= end) {
            for (auto item = range->first; item < end; ++item) {
                played.written.push_back(item);
            }
            rules.written();
            continue;
        }
        const auto decided = rules.failed(error_of(base::Errc::invalid_input));
        for (std::size_t index = 0; index < decided.count; ++index) {
            played.blamed.insert(decided.first + index);
        }
    }
    return played;
}

}  // namespace

TEST_CASE("A good batch is one write", "[pg]") {
    const auto played = play(100, {});
    CHECK(played.writes == 1);
    CHECK(played.written.size() == 100);
}

TEST_CASE("An empty batch is no write", "[pg]") { CHECK_FALSE(BatchRules(0).next().has_value()); }

TEST_CASE("Only the culprits are blamed, whatever their places", "[pg]") {
    for (std::size_t count = 1; count <= 9; ++count) {
        for (unsigned mask = 0; mask < (1U << count); ++mask) {
            std::set<std::size_t> poisoned;
            std::vector<std::size_t> healthy;
            for (std::size_t item = 0; item < count; ++item) {
                if ((mask & (1U << item)) != 0) {
                    poisoned.insert(item);
                } else {
                    healthy.push_back(item);
                }
            }
            const auto played = play(count, poisoned);
            REQUIRE(played.blamed == poisoned);
            // In order, and each once.
            REQUIRE(played.written == healthy);
        }
    }
}

TEST_CASE("One culprit among 256 costs at most seventeen writes", "[pg]") {
    for (const std::size_t culprit : {0U, 100U, 255U}) {
        CHECK(play(256, {culprit}).writes <= 17);
    }
}

TEST_CASE("An error that is nobody's own goes to everybody who is left", "[pg]") {
    BatchRules rules(8);
    (void)rules.failed(error_of(base::Errc::conflict));
    rules.written();
    const auto decided = rules.failed(error_of(base::Errc::unavailable));
    CHECK(decided == BatchRules::Range{.first = 4, .count = 4});
    CHECK_FALSE(rules.next().has_value());
}

TEST_CASE("Data errors are told from the others", "[pg]") {
    CHECK(pg::is_data_error(error_of(base::Errc::conflict, "23505")));
    CHECK(pg::is_data_error(error_of(base::Errc::invalid_input)));
    CHECK(pg::is_data_error(error_of(base::Errc::too_large, "54000")));
    CHECK(pg::is_data_error(error_of(base::Errc::internal, "22000")));
    CHECK(pg::is_data_error(error_of(base::Errc::internal, "P0001")));
    CHECK_FALSE(pg::is_data_error(error_of(base::Errc::internal, "42P01")));
    CHECK_FALSE(pg::is_data_error(error_of(base::Errc::timeout, "57014")));
    CHECK_FALSE(pg::is_data_error(error_of(base::Errc::unavailable, "57P01")));
}

TEST_CASE("A write's exception is a defect, but a cancel passes", "[pg]") {
    const auto defect = pg::defect_of(std::make_exception_ptr(std::out_of_range("no column x")));
    CHECK(defect.code == base::Errc::internal);
    CHECK(defect.detail == "no column x");
    CHECK(pg::defect_of(std::make_exception_ptr(7)).code == base::Errc::internal);
    const auto cancel =
        std::make_exception_ptr(boost::system::system_error(boost::asio::error::operation_aborted));
    CHECK_THROWS_AS(pg::defect_of(cancel), boost::system::system_error);
}
