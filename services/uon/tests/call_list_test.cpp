#include "call_list.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::uon;

namespace {

const CallRecord record{
    .phone = "375291110021",
    .start = "2025-10-01 14:23:45",
    .direction = 2,
    .duration = 75,
    .manager_id = "12",
    .record_link = ""
};

base::Result<std::vector<ListedCall>> page(const std::string& text) {
    const auto document = json::parse(text);
    REQUIRE(document);
    return calls_in(document->root());
}

ListedCall row(const std::string& id, const std::string& start) {
    return {.id = id, .phone = "1", .start = start, .direction = "2", .duration = "0"};
}

}  // namespace

TEST_CASE("a row is known by phone, start, direction and duration", "[uon]") {
    const auto rows = page(
        R"({"users":[{"id":"9001","phone":" 375291110021","start":"2025-10-01T14:23:45+03:00","direction":"2","duration":"75"}],"result":200})"
    );
    REQUIRE(rows);
    REQUIRE(rows->size() == 1);
    CHECK(is_row_of(rows->front(), record));
    for (auto wrong :
         {&ListedCall::phone, &ListedCall::start, &ListedCall::direction, &ListedCall::duration}) {
        auto other = rows->front();
        other.*wrong = "1";
        CHECK_FALSE(is_row_of(other, record));
    }
    auto silent = rows->front();
    silent.direction.clear();
    silent.duration.clear();
    CHECK(is_row_of(silent, record));
}

TEST_CASE("the list may be called anything, but has to tell phone and start", "[uon]") {
    CHECK(page(
        R"({"records":[{"id":1,"phone":375291110021,"start":"2025-10-01 14:23:45"}],"result":200})"
    ));
    CHECK(page(R"({"result":404})")->empty());
    CHECK_FALSE(page(R"({"users":[{"id":1,"start":"2025-10-01 14:23:45"}]})"));
    CHECK_FALSE(page(R"({"users":[{"id":1,"phone":"1","start":"1 октября"}]})"));
    CHECK_FALSE(page(R"({"users":[5]})"));
}

TEST_CASE("pages are read until all rows are hours older", "[uon]") {
    CHECK(is_beyond({}, record));
    CHECK(is_beyond({row("2", "2025-10-01 08:00:00"), row("1", "2025-10-01 07:00:00")}, record));
    CHECK_FALSE(
        is_beyond({row("2", "2025-10-01 15:00:00"), row("1", "2025-10-01 07:00:00")}, record)
    );
    CHECK_FALSE(
        is_beyond({row("2", "2025-10-01 09:00:00"), row("1", "2025-10-01 08:30:00")}, record)
    );
}

TEST_CASE("a list that begins with the oldest is read to its end", "[uon]") {
    CHECK_FALSE(
        is_beyond({row("1", "2025-09-01 07:00:00"), row("2", "2025-09-01 08:00:00")}, record)
    );
    CHECK_FALSE(is_beyond({row("", "2025-09-01 07:00:00"), row("", "2025-09-01 08:00:00")}, record)
    );
}
