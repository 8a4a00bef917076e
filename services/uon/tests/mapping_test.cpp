#include "mapping.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::uon;
using namespace std::chrono_literals;

namespace {

const std::vector<connector::Manager> staff{
    {.id = "11", .name = "Ковалёва Анна", .extension = "150"},
    {.id = "12", .name = "Сидоров Пётр", .extension = "151"},
    {.id = "13", .name = "Новик Ольга", .extension = ""},
};

call::Call inbound() {
    call::Call call;
    call.direction = call::Direction::in;
    call.phone = "375291110021";
    call.line = "0001363";
    call.rang = {"151"};
    call.started_at = *base::parse_iso8601("2025-10-01T11:23:45Z");
    call.phase = call::Phase::done;
    return call;
}

call::Call answered() {
    auto call = inbound();
    call.answered = true;
    call.talkers = {"151"};
    call.talk_s = 75;
    call.record_url = "https://rec.example/16.mp3";
    return call;
}

std::string form_of(const call::Call& call, const std::string& responsible = "") {
    return record_of(call, "Europe/Moscow", manager_of_record(call, staff, responsible)).form();
}

}  // namespace

TEST_CASE("an answered call is a row with its recording", "[uon]") {
    CHECK(
        form_of(answered()) ==
        "phone=375291110021&start=2025-10-01%2014%3A23%3A45&direction=2&duration=75&manager_id=12&"
        "record_link=https%3A%2F%2Frec.example%2F16.mp3"
    );
}

TEST_CASE("a missed call is a row of no length without a recording", "[uon]") {
    auto call = inbound();
    call.talk_s = 12;
    call.record_url = "https://rec.example/17.mp3";
    CHECK(
        form_of(call) ==
        "phone=375291110021&start=2025-10-01%2014%3A23%3A45&direction=2&duration=0&manager_id=12"
    );
}

TEST_CASE("an outbound call has direction 1", "[uon]") {
    auto call = answered();
    call.direction = call::Direction::out;
    call.record_url.clear();
    CHECK(
        form_of(call) ==
        "phone=375291110021&start=2025-10-01%2014%3A23%3A45&direction=1&duration=75&manager_id=12"
    );
    call.answered = false;
    CHECK_THAT(form_of(call), ContainsSubstring("direction=1&duration=0"));
}

TEST_CASE("a talk too short to be counted is no missed call", "[uon]") {
    auto call = answered();
    call.talk_s = 0;
    CHECK_THAT(form_of(call), ContainsSubstring("duration=1&"));
}

TEST_CASE("the manager is who talked last", "[uon]") {
    auto call = answered();
    call.rang = {"151", "150"};
    call.talkers = {"151", "150"};
    CHECK(manager_of_record(call, staff, "12") == "11");
    call.talkers = {"199"};
    CHECK(manager_of_record(call, staff, "12").empty());
}

TEST_CASE("a missed call is the client's manager's if it rang there, else the first's", "[uon]") {
    auto call = inbound();
    call.rang = {"152", "151", "150"};
    CHECK(manager_of_record(call, staff, "11") == "11");
    CHECK(manager_of_record(call, staff, "13") == "12");
    CHECK(manager_of_record(call, staff, "") == "12");
    call.rang = {"152"};
    CHECK(manager_of_record(call, staff, "11").empty());
    CHECK_THAT(form_of(call), !ContainsSubstring("manager_id"));
}

TEST_CASE("each manager who rings is told once", "[uon]") {
    auto call = inbound();
    call.rang = {"151", "152", "150", "151"};
    CHECK(managers_ringing(call, staff) == std::vector<std::string>{"12", "11"});
}

TEST_CASE("the start is in the cabinet's zone", "[uon]") {
    CHECK(record_of(inbound(), "Asia/Yekaterinburg", "").start == "2025-10-01 16:23:45");
    CHECK(record_of(inbound(), "No/Where", "").start == "2025-10-01 11:23:45");
}

TEST_CASE("a pop-up is HTML with everything escaped", "[uon]") {
    CHECK(
        notification_text(inbound(), "<b>ООО & Ко</b>", "Отдел <1>") ==
        "Входящий звонок: <b>+375 (29) 111-00-21</b><br>&lt;b&gt;ООО &amp; Ко&lt;/b&gt;"
        "<br>Линия: Отдел &lt;1&gt;"
    );
    CHECK(notification_text(inbound(), "", "") == "Входящий звонок: <b>+375 (29) 111-00-21</b>");
    CHECK(notification_form("a+b", "12") == "text=a%2Bb&manager_id=12");
}
